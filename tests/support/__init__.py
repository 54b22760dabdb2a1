"""What the tests stand on: databases, a shut network, a browser, the standing cast."""
