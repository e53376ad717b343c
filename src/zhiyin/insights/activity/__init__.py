"""What each person did, in that person's order."""
