//! The key of a node: what its certificates are made with, and what other nodes know it by.

mod file;
mod known;

pub use file::KeyError;
pub use known::KnownNodes;

use crate::address::NodeId;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_ED25519};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fmt;
use std::path::Path;

/// The one name that the certificate of every node of the network bears.
pub const CERTIFICATE_NAME: &str = "dark.fi";

/// An Ed25519 key, with the certificate that it has signed for itself.
pub struct NodeKey {
    pair: KeyPair,
    certificate: CertificateDer<'static>,
    id: NodeId,
}

impl NodeKey {
    /// A new key, for a connection that is not to be linked to any other.
    #[must_use]
    pub fn fresh() -> Self {
        Self::of(KeyPair::generate_for(&PKCS_ED25519).expect("the system gives random bytes"))
    }

    /// The key in a file. When there is none, a new key is written there, for its owner only.
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names the file. One that is damaged, or that others may read, is never replaced.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        file::load_or_create(path).map(Self::of)
    }

    fn of(pair: KeyPair) -> Self {
        let mut params =
            CertificateParams::new([CERTIFICATE_NAME.to_owned()]).expect("the name is a DNS name");
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&pair).expect("an Ed25519 key signs anything");
        let public = pair.public_key_raw().try_into().expect("an Ed25519 public key has 32 bytes");
        Self { certificate: certificate.der().clone(), id: NodeId::new(public), pair }
    }

    /// What peers know this node by.
    #[must_use]
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// The certificate, which says nothing but the public key. It is the same each time for one key.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The private key.
    #[must_use]
    pub fn private(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pair.serialize_der()).into()
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NodeKey").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fresh_key_is_another_node() {
        assert_ne!(NodeKey::fresh().id(), NodeKey::fresh().id());
    }

    #[test]
    fn a_key_always_makes_the_same_certificate() {
        let key = NodeKey::fresh();
        let again = KeyPair::from_pem(&key.pair.serialize_pem()).unwrap();
        let again = NodeKey::of(again);
        assert_eq!((again.id(), again.certificate()), (key.id(), key.certificate()));
    }

    #[test]
    fn what_is_printed_of_a_key_is_its_public_half() {
        let key = NodeKey::fresh();
        assert_eq!(format!("{key:?}"), format!("NodeKey {{ id: {:?}, .. }}", key.id()));
    }
}
