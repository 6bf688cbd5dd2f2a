"""The keys and the whole home: renewal, backups, handover, inventory, incidents, upgrades."""
