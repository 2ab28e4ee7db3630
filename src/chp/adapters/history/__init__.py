"""The history: bars and the newest trades in one SQLite file, trades of finished days in Parquet.

Not part of the journal: a cache of facts, kept so that what happened can be looked up.
"""
