"""More than 8 bits a sample in colour: the extra `deep`."""
