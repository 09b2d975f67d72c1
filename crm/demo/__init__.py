"""Two invented companies to try the product with. Everybody and everything in here is made up."""
