"""The directory: who can be reached, how, and who may change that."""
