// Written by editor-plugins/generate from settings.json: globs of files that nothing is ever read of, in small letters.
#pragma once

#include <string_view>

namespace sw {

inline constexpr std::string_view kSecretGlobs[] = {
    ".env*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.gpg",
    "*.asc",
    "*.ppk",
    "*.ovpn",
    "*.tfstate",
    "*.tfvars",
    "*_rsa",
    "*_ed25519",
    "id_rsa*",
    "id_dsa*",
    "id_ecdsa*",
    "id_ed25519*",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".git-credentials",
    "credentials",
    "credentials.json",
    "credentials.y*ml",
    "credentials.xml",
    "secrets",
    "secrets.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.toml",
    "service-account*",
    "service_account*",
    "master.key",
    "shadow",
    "*/.ssh/*",
    "*/.gnupg/*",
    "*/.aws/*",
    "*/.kube/config",
};

}  // namespace sw
