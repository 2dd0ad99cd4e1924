"""What writes the reference: each module gives the `pages` of one part of it, made of what the product itself declares."""
