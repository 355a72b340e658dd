"""Every process of the house is killed in every phase of a call; what its people notice is measured."""
