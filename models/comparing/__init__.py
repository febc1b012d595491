"""The systems of the field, fitted and measured on one footing; and what a leaky protocol would say of them."""
