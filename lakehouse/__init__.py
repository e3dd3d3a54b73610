"""The floor: contracts, settings, session, Delta. Imports nothing from the rooms above."""
