"""The exchange of one instrument: price-time matching and the rules of fills on a tape."""
