"""What the linter knows: see `linter`. A server needs the rules on words alone."""
