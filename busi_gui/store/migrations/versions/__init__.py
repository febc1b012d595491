"""One module a step from one version of the tables to the next; none is changed once it was released."""
