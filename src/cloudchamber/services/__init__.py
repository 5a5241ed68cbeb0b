"""One package per AWS service, all of the same shape. No package imports another: services meet in dispatch."""
