"""What writes the reference: each module gives the `pages` of a part, made of what the product itself declares."""
