module pulumi-probes/actor

go 1.26.0
