//! Handshakes of TLS with ends that are not like this node.

use super::*;
use rcgen::{
    CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SignatureAlgorithm, date_time_ymd,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::{AlertDescription, DigitallySignedStruct, Error, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};
use tokio_rustls::{TlsAcceptor, TlsConnector};

type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A certificate of a new key of this kind, edited.
fn chain(kind: &'static SignatureAlgorithm, names: &[&str], edit: impl Fn(&mut CertificateParams)) -> Chain {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    edit(&mut params);
    let pair = KeyPair::generate_for(kind).unwrap();
    let certificate = params.self_signed(&pair).unwrap().der().clone();
    (vec![certificate], PrivatePkcs8KeyDer::from(pair.serialize_der()).into())
}

fn named(names: &[&str]) -> Chain {
    chain(&PKCS_ED25519, names, |_| ())
}

fn expired() -> Chain {
    chain(&PKCS_ED25519, &["dark.fi"], |params| {
        params.not_before = date_time_ymd(1990, 1, 1);
        params.not_after = date_time_ymd(1991, 1, 1);
    })
}

/// An end that takes whatever it is shown.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519, SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

fn other_client(chain: Option<Chain>) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]).unwrap();
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything));
    match chain {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    }
}

fn other_server((chain, key): Chain) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]).unwrap();
    builder.with_no_client_auth().with_single_cert(chain, key).unwrap()
}

fn tls() -> Tls {
    Tls::new(&NodeKey::fresh())
}

fn pipe() -> (DuplexStream, DuplexStream) {
    duplex(64 * 1024)
}

/// What this node makes of a client, and what the client is told in the end.
async fn accept(name: &str, client: ClientConfig) -> (io::Result<Stream>, Option<AlertDescription>) {
    let (ours, theirs) = pipe();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let talking = async {
        // In TLS 1.3 the client is done first: a refusal comes when it reads.
        let mut stream = match TlsConnector::from(Arc::new(client)).connect(name, theirs).await {
            Ok(stream) => stream,
            Err(error) => return alert(&error),
        };
        alert(&stream.read_u8().await.unwrap_err())
    };
    let accepting = async {
        let accepted = tls().accept(split(ours)).await;
        if let Ok(mut stream) = accepted {
            stream.writer.shutdown().await.unwrap();
            return Ok(stream);
        }
        accepted
    };
    tokio::join!(accepting, talking)
}

fn alert(error: &io::Error) -> Option<AlertDescription> {
    match error.get_ref()?.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    }
}

/// What this node makes of a server.
async fn connect(server: ServerConfig) -> io::Result<Stream> {
    let (ours, theirs) = pipe();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let tls = tls();
    let (connected, _) = tokio::join!(tls.connect(split(ours)), acceptor.accept(theirs));
    connected
}

#[tokio::test]
async fn two_nodes_know_each_other_and_talk() {
    let [client, server] = [NodeKey::fresh(), NodeKey::fresh()];
    let (ours, theirs) = pipe();
    let (client_tls, server_tls) = (Tls::new(&client), Tls::new(&server));
    let (dialled, accepted) = tokio::join!(client_tls.connect(split(ours)), server_tls.accept(split(theirs)));
    let (mut dialled, mut accepted) = (dialled.unwrap(), accepted.unwrap());
    assert_eq!((dialled.peer, accepted.peer), (Some(server.id()), Some(client.id())));
    // Several records, and more than the pipe holds.
    let line = vec![7; 200_000];
    let sending = async {
        dialled.writer.write_all(&line).await.unwrap();
        dialled.writer.flush().await.unwrap();
    };
    let mut heard = vec![0; line.len()];
    let (_, read) = tokio::join!(sending, accepted.reader.read_exact(&mut heard));
    assert!(read.is_ok() && heard == line);
}

#[tokio::test]
async fn a_client_is_taken_by_its_key_and_its_one_name_only() {
    for (what, chain, told) in [
        ("self-made", Some(named(&["dark.fi"])), None),
        ("expired", Some(expired()), None),
        ("without a certificate", None, Some(AlertDescription::CertificateRequired)),
        ("without a name", Some(named(&[])), Some(AlertDescription::BadCertificate)),
        ("with another name", Some(named(&["example.org"])), Some(AlertDescription::BadCertificate)),
        ("in capitals", Some(named(&["DARK.FI"])), Some(AlertDescription::BadCertificate)),
        ("with two names", Some(named(&["dark.fi", "example.org"])), Some(AlertDescription::BadCertificate)),
        (
            "with a P-256 key",
            Some(chain(&PKCS_ECDSA_P256_SHA256, &["dark.fi"], |_| ())),
            Some(AlertDescription::CertificateRequired),
        ),
    ] {
        let (accepted, alert) = accept("dark.fi", other_client(chain)).await;
        assert_eq!((accepted.is_ok(), alert), (told.is_none(), told), "{what}");
    }
}

#[tokio::test]
async fn a_client_may_ask_for_any_name_or_protocol() {
    for name in ["example.org", "127.0.0.1"] {
        let mut client = other_client(Some(named(&["dark.fi"])));
        client.alpn_protocols = vec![b"h2".to_vec()];
        assert!(accept(name, client).await.0.is_ok(), "{name}");
    }
}

#[tokio::test]
async fn a_server_is_taken_by_its_key_and_its_one_name_only() {
    for (what, chain, taken) in [
        ("self-made", named(&["dark.fi"]), true),
        ("expired", expired(), true),
        ("without a name", named(&[]), false),
        ("with another name", named(&["example.org"]), false),
        ("with two names", named(&["dark.fi", "example.org"]), false),
        ("with a P-256 key", chain(&PKCS_ECDSA_P256_SHA256, &["dark.fi"], |_| ()), false),
    ] {
        assert_eq!(connect(other_server(chain)).await.is_ok(), taken, "{what}");
    }
}

#[tokio::test]
async fn a_certificate_without_its_key_is_worth_nothing() {
    // Somebody shows the certificate of another node, and signs with a key of its own.
    let victim = NodeKey::fresh();
    let thief = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let key = ring::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(thief.serialize_der())).unwrap();
    let stolen = Arc::new(rustls::sign::CertifiedKey::new(vec![victim.certificate().clone()], key));
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]).unwrap();
    let resolver = rustls::sign::SingleCertAndKey::from(stolen);
    let server = builder.with_no_client_auth().with_cert_resolver(Arc::new(resolver));
    let error = connect(server).await.unwrap_err();
    assert!(error.to_string().contains("BadSignature"), "{error}");
}

#[tokio::test]
async fn an_end_that_breaks_off_or_talks_nonsense_ends_the_handshake() {
    for bytes in [&b""[..], &[22, 3, 1, 0, 200, 1, 0], b"GET / HTTP/1.1\r\n\r\n", &[255; 70]] {
        let (ours, mut theirs) = pipe();
        theirs.write_all(bytes).await.unwrap();
        drop(theirs);
        assert!(tls().accept(split(ours)).await.is_err(), "{bytes:?}");
    }
}

/// The first bytes that a stock client, or a stock server that has heard one of ours, has to say.
fn first_flight(is_client: bool) -> (Vec<u8>, Tls) {
    let ours = tls();
    let name = ServerName::try_from(CERTIFICATE_NAME).unwrap();
    let mut bytes = Vec::new();
    let mut client = rustls::ClientConnection::new(ours.client(), name).unwrap();
    client.write_tls(&mut bytes).unwrap();
    if !is_client {
        let mut server = rustls::ServerConnection::new(tls().server()).unwrap();
        server.read_tls(&mut bytes.as_slice()).unwrap();
        server.process_new_packets().unwrap();
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
    }
    (bytes, ours)
}

#[tokio::test]
async fn whatever_is_wrong_with_a_handshake_it_ends_in_an_error() {
    // The beginning, where the lengths are, and then here and there.
    for (is_client, at) in [true, false]
        .into_iter()
        .flat_map(|is_client| (0..100).chain((100..1200).step_by(37)).map(move |at| (is_client, at)))
    {
        for value in [0, 1, 255] {
            let (mut bytes, tls) = first_flight(is_client);
            let Some(byte) = bytes.get_mut(at).filter(|byte| **byte != value) else { continue };
            *byte = value;
            let (ours, mut theirs) = pipe();
            theirs.write_all(&bytes).await.unwrap();
            theirs.shutdown().await.unwrap();
            let ours = split(ours);
            // No more comes than this: with or without the change it cannot succeed, only fail in an orderly way.
            let found = if is_client { tls.accept(ours).await } else { tls.connect(ours).await };
            assert!(found.is_err(), "{value} at {at}");
        }
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up() {
    let (ours, mut theirs) = pipe();
    // A hello of 64 KiB, a byte at a time.
    let sending = async {
        let (mut left, hello) = (200_000_u32, [1, 0, 255, 240]);
        for byte in hello {
            theirs.write_all(&[22, 3, 3, 0, 1, byte]).await?;
        }
        while left > 0 {
            theirs.write_all(&[22, 3, 3, 0, 1, 0]).await?;
            left -= 1;
        }
        Ok::<_, io::Error>(())
    };
    let accepting = async {
        let found = tls().accept(split(ours)).await;
        assert!(found.is_err());
    };
    let (sent, ()) = tokio::join!(sending, accepting);
    assert!(sent.is_err(), "nobody listens any more");
}
