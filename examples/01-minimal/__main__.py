import pulumi
from pulumi_probes import WebService

web = WebService("web", {"image": "ghcr.io/acme/web:1.4.2", "port": 8080, "replicas": 3})
pulumi.export("url", web.url)
