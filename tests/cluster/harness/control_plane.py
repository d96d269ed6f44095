"""etcd and kube-apiserver, and with nodes kube-controller-manager and kube-scheduler: plain processes on free ports."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from harness.client import Client
from harness.process import last_lines, spawn, wait_until
from harness.requirements import Level, command
from harness.toolchain import kubernetes_folder

READY_SECONDS: Final = 60
"""The time limit for a start, which takes 2 s on an idle machine."""


class StartError(RuntimeError):
    """A process did not start; the message contains the end of its log."""


def start_control_plane(
    folder: Path, level: Level, address: str, *, dies_with_us: bool, api_server_options: Sequence[str] = ()
) -> list[subprocess.Popen[bytes]]:
    """Start it in `folder`, reachable at `address`, and wait until it responds.

    Writes `connection.json` for `connect`, and `kubeconfig` for other programs.

    Raises:
        StartError: it did not respond in time.
    """
    _write_keys(folder, address)
    token = secrets.token_hex(16)
    (folder / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n')
    (folder / "tokens.csv").chmod(0o600)
    client_port, peer_port, api_port = _free_ports(3, address)
    url = f"https://{address}:{api_port}"
    (folder / "connection.json").write_text(json.dumps({"url": url, "token": token}))
    (folder / "connection.json").chmod(0o600)
    _write_kubeconfig(folder / "kubeconfig", url, token, folder / "api.crt")
    etcd_url, peer_url = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
    programs = kubernetes_folder()
    started = [
        spawn(
            "etcd",
            [
                command("etcd"),
                f"--data-dir={folder / 'etcd'}",
                "--unsafe-no-fsync",
                f"--listen-client-urls={etcd_url}",
                f"--advertise-client-urls={etcd_url}",
                f"--listen-peer-urls={peer_url}",
                f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=default={peer_url}",
            ],
            folder,
            dies_with_us=dies_with_us,
        ),
        spawn(
            "kube-apiserver",
            [
                str(programs / "kube-apiserver"),
                f"--etcd-servers={etcd_url}",
                f"--bind-address={address}",
                f"--secure-port={api_port}",
                "--tls-cert-file=api.crt",
                "--tls-private-key-file=api.key",
                f"--cert-dir={folder}",
                "--token-auth-file=tokens.csv",
                "--authorization-mode=Node,RBAC",
                "--service-account-key-file=sa.pub",
                "--service-account-signing-key-file=sa.key",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--endpoint-reconciler-type=none",
                "--enable-priority-and-fairness=false",
                "--profiling=false",
                # Without controllers, no namespace gets a service account, and no pod would be admitted.
                *(["--disable-admission-plugins=ServiceAccount"] if level is Level.API else []),
                *api_server_options,
            ],
            folder,
            dies_with_us=dies_with_us,
        ),
    ]
    with closing(connect(folder)) as client:
        if not wait_until(lambda: client.is_ready() or _has_ended(started), READY_SECONDS) or _has_ended(started):
            raise StartError(f"the API server did not come up:\n{last_lines(folder / 'kube-apiserver.log')}")
    if level is Level.NODE:
        shared = ["--kubeconfig=kubeconfig", "--leader-elect=false", "--secure-port=0"]
        started += [
            spawn(
                "kube-controller-manager",
                [
                    str(programs / "kube-controller-manager"),
                    *shared,
                    "--service-account-private-key-file=sa.key",
                    # The tests send requests faster than the default limits of the controllers allow.
                    "--kube-api-qps=200",
                    "--kube-api-burst=400",
                ],
                folder,
                dies_with_us=dies_with_us,
            ),
            spawn(
                "kube-scheduler",
                [str(programs / "kube-scheduler"), *shared, "--kube-api-qps=200", "--kube-api-burst=400"],
                folder,
                dies_with_us=dies_with_us,
            ),
        ]
        with closing(connect(folder)) as client:
            if not wait_until(lambda: client.find("v1", "ServiceAccount", "default", "default"), READY_SECONDS):
                raise StartError(f"controllers did not come up:\n{last_lines(folder / 'kube-controller-manager.log')}")
    return started


def _has_ended(processes: Sequence[subprocess.Popen[bytes]]) -> bool:
    return any(process.poll() is not None for process in processes)


def connect(folder: Path) -> Client:
    """A client of the API server that was started in this directory."""
    connection = json.loads((folder / "connection.json").read_text())
    return Client(connection["url"], connection["token"], folder / "api.crt")


def _write_keys(folder: Path, address: str) -> None:
    openssl = command("openssl")
    for arguments in (
        ["genrsa", "-out", "sa.key", "2048"],
        ["rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub"],
        [
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "api.key", "-out", "api.crt", "-days", "30"),
            *("-subj", "/CN=pulumi-probes-tests", "-addext", f"subjectAltName=IP:{address}"),
        ],
    ):
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)


def _write_kubeconfig(file: Path, url: str, token: str, certificate: Path) -> None:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": str(certificate)}}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "admin"}}],
        "current-context": "tests",
    }
    file.write_text(json.dumps(content, indent=1))
    file.chmod(0o600)


def _free_ports(count: int, address: str) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for item in sockets:
            item.bind((address, 0))
        return [item.getsockname()[1] for item in sockets]
    finally:
        for item in sockets:
            item.close()
