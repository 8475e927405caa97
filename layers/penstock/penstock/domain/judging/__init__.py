"""The judge: candidate against live in the same minute, from counts to the next share."""
