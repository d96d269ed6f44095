"""The data of a simulation: pod, kubelet, scenario and result, as frozen data classes."""
