"""Many jobs: which pictures, under which names, in which order, and what is done already."""
