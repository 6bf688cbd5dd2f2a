"""A workshop goes to another home by commands alone."""

from pathlib import Path

POLICY = Path(__file__).parents[2] / "policies" / "samples" / "demo.yaml"


def test_a_workshop_moves_by_five_commands(run, at_home, tmp_path, monkeypatch):
    """Address, export, import, left twice; what stands still and what is used twice have their exit codes."""
    other, bundle, secret = tmp_path / "other", tmp_path / "essai.age", tmp_path / "secret"
    assert run("workshop", "add", "essai", "--policy", POLICY).code == 0
    address = run("workshop", "address", secret).out.strip()
    assert address.startswith("age1") and oct(secret.stat().st_mode)[-3:] == "600"
    assert run("workshop", "address", secret).code == 2
    exported = run("workshop", "export", "essai", bundle, "--to", address, "--as", "Camille")
    assert exported.code == 0, exported.err
    assert run("workshop", "add", "essai", "--policy", POLICY).code == 11
    monkeypatch.setenv("HUISCLOS_HOME", str(other))
    assert run("init", "--accept-place").code == 0
    taken = run("workshop", "import", bundle, "--identity", secret, "--as", "Solène", "--code", "repris")
    assert taken.code == 0, taken.err
    assert run("workshop", "import", bundle, "--identity", secret, "--as", "Solène", "--code", "autre").code == 7
    assert [row["code"] for row in run("workshop", "list", "--json").value["workshops"]] == ["repris"]
    assert run("archive", "verify").code == 0
    monkeypatch.setenv("HUISCLOS_HOME", str(at_home))
    receipt = tmp_path / "essai.age.receipt"
    assert run("workshop", "left", "essai", "--receipt", secret, "--as", "Camille").code == 20
    for person in ("Camille", "Dominique"):
        assert run("workshop", "left", "essai", "--receipt", receipt, "--as", person).code == 0
    assert run("workshop", "list", "--json").value["workshops"][0]["left_at"] is not None
    assert run("workshop", "keep", "essai", "--as", "Camille").code == 7
    assert run("archive", "verify").code == 0
