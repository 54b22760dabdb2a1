"""The tests mirror the tree. This file must exist, or tests/directory would hide the package directory."""
