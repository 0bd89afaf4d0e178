"""Authorities and certificates of one run, made with openssl(1)."""
import subprocess

NAMES = ("IP:127.0.0.1,IP:127.0.0.2,DNS:echo.victim.test,DNS:*.victim.test,DNS:*.sandbox.test,"
         "DNS:localhost")


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def key(folder, name):
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
            str(folder / f"{name}.key"))


def authority(folder, name):
    key(folder, name)
    openssl("req", "-x509", "-new", "-key", str(folder / f"{name}.key"), "-days", "2", "-subj",
            f"/CN={name}", "-out", str(folder / f"{name}.pem"))


def certificate(folder, name, by, names=NAMES, days="2"):
    key(folder, name)
    (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
    openssl("req", "-new", "-key", str(folder / f"{name}.key"), "-subj", f"/CN={name}", "-out",
            str(folder / f"{name}.csr"))
    openssl("x509", "-req", "-in", str(folder / f"{name}.csr"), "-CA", str(folder / f"{by}.pem"),
            "-CAkey", str(folder / f"{by}.key"), "-CAcreateserial", "-days", days, "-extfile",
            str(folder / f"{name}.ext"), "-out", str(folder / f"{name}.pem"))


def make_all(folder):
    """good and one for each name in peer_http.CERTIFICATES; authority.pem is to be trusted."""
    authority(folder, "authority")
    authority(folder, "stranger")
    certificate(folder, "good", "authority")
    certificate(folder, "expired", "authority", days="-1")
    certificate(folder, "other-name", "authority", "DNS:elsewhere.test")
    certificate(folder, "other-authority", "stranger")
    key(folder, "self-signed")
    openssl("req", "-x509", "-new", "-key", str(folder / "self-signed.key"), "-days", "2", "-subj",
            "/CN=127.0.0.1", "-addext", f"subjectAltName={NAMES}", "-out",
            str(folder / "self-signed.pem"))
