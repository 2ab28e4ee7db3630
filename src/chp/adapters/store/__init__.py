"""The embedded stores: journal, archive and access, each one SQLite file in the data folder."""
