"""What cleared texts show for somebody, audience by audience: the codes that find them where no name stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from anonymize.forms import PEOPLE
from anonymize.treatment.designations import designate
from anonymize.vault import Vault
from anonymize.wanted import Sought
from policies.policy import Policy
from vocabulary.choices import Audience, Operator


@dataclass(frozen=True, repr=False)
class Codes:
    """The codes of whom is ``sought``: those of the vault, those its designations give, and the one that was named."""

    vault: Vault
    policy: Policy
    sought: Sought
    named: str | None

    def of(self, audience: Audience | None = None) -> frozenset[str]:
        """What one audience's texts read for them; or the texts of any."""
        mine = [one for one in self.vault.referents if one.id in self.sought.referents]
        codes = {name for one in mine for name in (one.pseudonym, one.equivalent) if name is not None}
        for one in self.policy.audiences if audience is None else (audience,):
            names = self._names(one)
            codes |= {names[referent] for referent in self.sought.referents & set(names)}
        if self.named is not None:
            codes.add(self.named)
        return frozenset(codes)

    def of_others(self, audience: Audience) -> frozenset[str]:
        """What one audience's texts read for other people."""
        names = self._names(audience)
        people = [one for one in self.vault.referents if one.kind in PEOPLE and one.id not in self.sought.referents]
        return frozenset(names.get(one.id, one.pseudonym) for one in people) - self.of(audience)

    def are_shown_to(self, audience: Audience) -> bool:
        """Whether the texts of an audience tell them apart at all."""
        if audience not in self.policy.audiences:
            return True
        operators = self.policy.profile(audience).operators
        return operators[self.sought.kind] in (Operator.PSEUDONYMIZE, Operator.KEEP)

    def _names(self, audience: Audience) -> Mapping[str, str]:
        if audience not in self.policy.audiences:
            return {}
        fewest = self.policy.thresholds.attribute
        return designate((), (), (), self.vault, self.policy.profile(audience), fewest).names
