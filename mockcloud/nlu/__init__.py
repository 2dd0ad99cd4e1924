"""From words to what is meant. Deterministic: integers and sorted tables, no hash order, no chance."""
