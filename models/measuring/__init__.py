"""What the networks are worth: figures with intervals, whom they fail, what their answers hold against, who looked."""
