"""What a function is made of: where its parts come from and what it can reach."""
