"""A pod, a kubelet, a scenario and the result of a simulation, as frozen data."""
