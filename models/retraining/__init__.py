"""A clinic's approved cases -> a proposed version of the networks, with the evidence for and against it."""
