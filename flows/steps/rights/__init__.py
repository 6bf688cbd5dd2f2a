"""What people may ask: consent, requests, withdrawal, and the inspection by an authority."""
