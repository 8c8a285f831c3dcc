"""Arrays in, arrays out: the convolution itself. Start with conv.py; reference.py is the judge."""
