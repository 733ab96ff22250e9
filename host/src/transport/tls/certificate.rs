//! The rules of a peer's certificate: an Ed25519 key under the one name of the network.

use crate::address::NodeId;
use crate::key::CERTIFICATE_NAME;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::FromDer;

/// Why a certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateFault {
    /// It is not an X.509 certificate.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// Its key is of another kind.
    #[error("the certificate's key is not one of Ed25519")]
    Key,
    /// It has no name, another one, or several.
    #[error("the certificate's only name must be {CERTIFICATE_NAME}")]
    Name,
}

/// Who shows a certificate, if it keeps the rules. Dates, issuer, usage and its own signature are nobody's business: what
/// counts is the key, and the other end proves to have it.
pub(crate) fn node_id_of(certificate: &CertificateDer<'_>) -> Result<NodeId, CertificateFault> {
    let parsed = parse(certificate)?;
    let info = parsed.public_key();
    if info.algorithm.algorithm != OID_SIG_ED25519 {
        return Err(CertificateFault::Key);
    }
    let key = info.subject_public_key.data.as_ref().try_into().map_err(|_| CertificateFault::Key)?;
    let names = parsed.subject_alternative_name().map_err(|_| CertificateFault::Unreadable)?;
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    match names {
        [GeneralName::DNSName(name)] if *name == CERTIFICATE_NAME => Ok(NodeId::new(key)),
        _ => Err(CertificateFault::Name),
    }
}

/// The key of a certificate as TLS wants it for checking a signature.
pub(super) fn key_of(certificate: &CertificateDer<'_>) -> Result<Vec<u8>, CertificateFault> {
    parse(certificate).map(|parsed| parsed.public_key().raw.to_vec())
}

fn parse<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, CertificateFault> {
    match X509Certificate::from_der(certificate) {
        Ok(([], parsed)) => Ok(parsed),
        _ => Err(CertificateFault::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::NodeKey;
    use proptest::prelude::*;
    use rcgen::{
        CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SanType,
        date_time_ymd,
    };

    /// The certificate of a new key with these names, edited.
    fn certificate(names: &[&str], edit: impl Fn(&mut CertificateParams)) -> CertificateDer<'static> {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        edit(&mut params);
        params.self_signed(&KeyPair::generate_for(&PKCS_ED25519).unwrap()).unwrap().der().clone()
    }

    #[test]
    fn our_own_certificate_keeps_the_rules_and_has_the_size_of_a_stock_one() {
        let key = NodeKey::fresh();
        assert_eq!(node_id_of(key.certificate()), Ok(key.id()));
        assert!((314..=320).contains(&key.certificate().len()), "{} bytes", key.certificate().len());
    }

    #[test]
    fn only_the_one_name_is_taken() {
        for names in [
            &[][..],
            &["Dark.fi"],
            &["other.example"],
            &["dark.fi", "other.example"],
            &["dark.fi", "dark.fi"],
        ] {
            let found = node_id_of(&certificate(names, |_| ()));
            assert_eq!(found, Err(CertificateFault::Name), "{names:?}");
        }
        let mail = |params: &mut CertificateParams| {
            params.subject_alt_names = vec![SanType::Rfc822Name("dark.fi".try_into().unwrap())];
        };
        assert_eq!(node_id_of(&certificate(&[], mail)), Err(CertificateFault::Name));
    }

    #[test]
    fn a_critical_name_is_taken() {
        let critical = |params: &mut CertificateParams| {
            // A list with one DNS name.
            let content = [&[0x30, 0x09, 0x82, 0x07], &b"dark.fi"[..]].concat();
            let mut name = CustomExtension::from_oid_content(&[2, 5, 29, 17], content);
            name.set_criticality(true);
            params.custom_extensions = vec![name];
        };
        assert!(node_id_of(&certificate(&[], critical)).is_ok());
    }

    #[test]
    fn dates_and_usages_are_not_looked_at() {
        let expired = |params: &mut CertificateParams| {
            params.not_before = date_time_ymd(1990, 1, 1);
            params.not_after = date_time_ymd(1991, 1, 1);
        };
        assert!(node_id_of(&certificate(&["dark.fi"], expired)).is_ok());
        let mut der = NodeKey::fresh().certificate().to_vec();
        *der.last_mut().unwrap() ^= 1;
        assert!(node_id_of(&der.into()).is_ok(), "its own signature says nothing");
    }

    #[test]
    fn other_kinds_of_keys_are_refused() {
        let params = CertificateParams::new(["dark.fi".to_owned()]).unwrap();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let found = node_id_of(params.self_signed(&key).unwrap().der());
        assert_eq!(found, Err(CertificateFault::Key));
        let rsa = include_bytes!("../../../../tests/vectors/certificate_rsa.der");
        assert_eq!(node_id_of(&rsa.as_slice().into()), Err(CertificateFault::Key));
    }

    #[test]
    fn a_surplus_byte_or_a_missing_one_is_refused() {
        let der = NodeKey::fresh().certificate().to_vec();
        let longer = [&der[..], &[0]].concat();
        for broken in [&der[..der.len() - 1], &longer, &[]] {
            assert_eq!(node_id_of(&broken.into()), Err(CertificateFault::Unreadable));
        }
    }

    proptest! {
        #[test]
        fn never_panics_on_a_damaged_certificate(at in 0_usize..317, value in any::<u8>()) {
            let mut der = NodeKey::fresh().certificate().to_vec();
            if let Some(byte) = der.get_mut(at) {
                *byte = value;
            }
            let _ = node_id_of(&der.into());
        }
    }
}
