"""Steps of the router, one transaction each; they leave rows for one another."""
