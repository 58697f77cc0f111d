//! Deliveries to servers that behave and to servers that do not, on loopback.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::Certificate;

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("test_certificate.pem");
const KEY: &[u8] = include_bytes!("test_key.pem");

#[test]
fn b15_the_signature_is_what_openssl_computes() {
    // printf '1790000000.{"event":"test"}' | openssl dgst -sha256 -hmac whsec_0123
    let expected = "6bdfb029d932834f4f8c6f192136ce41c5bb199869695a47776591b7550400ce";
    assert_eq!(signature("whsec_0123", 1_790_000_000, r#"{"event":"test"}"#), expected);
}

/// A server for one connection, which does `answer` with it.
fn server(answer: impl FnOnce(TcpStream) + Send + 'static) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    (port, std::thread::spawn(move || answer(listener.accept().expect("a connection").0)))
}

fn read_head(stream: &mut impl Read) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
}

async fn delivered(post: &Post, url: &str) -> Result<u16, Failure> {
    let receiver = Receiver::new(url, Vec::new()).expect("a receiver");
    let body = r#"{"event":"test"}"#.to_owned();
    post.send(&receiver, Letter { name: "test".to_owned(), id: "s-1".to_owned(), body }).await
}

#[tokio::test]
async fn b15_only_a_server_whose_certificate_is_vouched_for_is_sent_anything() {
    let own = Certificate::from_pem(CERTIFICATE).expect("a certificate");
    for (roots, expected) in
        [(RootCerts::WebPki, Err(Failure::Certificate)), (RootCerts::new_with_certs(&[own]), Ok(204))]
    {
        let (port, server) = server(|mut stream| {
            let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")];
            let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
            let config = rustls::ServerConfig::builder_with_provider(Arc::new(
                rustls::crypto::ring::default_provider(),
            ))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("they fit");
            let mut session = rustls::ServerConnection::new(Arc::new(config)).expect("a session");
            let mut stream = rustls::Stream::new(&mut session, &mut stream);
            read_head(&mut stream);
            // The client may have turned away.
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
        });
        let post = Post::new(roots, PATIENCE);
        assert_eq!(delivered(&post, &format!("https://localhost:{port}/")).await, expected);
        server.join().expect("no panic");
    }
}

#[tokio::test]
async fn b15_a_server_that_never_answers_or_never_ends_is_given_up() {
    let post = Post::new(RootCerts::WebPki, Duration::from_millis(300));
    let (port, silent) = server(|mut stream| {
        read_head(&mut stream);
        // Until the client hangs up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Err(Failure::Slow));
    silent.join().expect("no panic");

    let post = Post::new(RootCerts::WebPki, PATIENCE);
    let (port, endless) = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(&[b'x'; 1000]).is_ok() {}
    });
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Err(Failure::Garbled));
    endless.join().expect("no panic");

    let (port, long) = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 1000]).is_ok() {}
    });
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Ok(200), "its body is not read");
    long.join().expect("no panic");
}

#[tokio::test]
async fn b15_why_a_delivery_failed_is_said() {
    let post = Post::new(RootCerts::WebPki, PATIENCE);
    let (port, none) = server(drop);
    drop(TcpStream::connect(("127.0.0.1", port)));
    none.join().expect("no panic");
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Err(Failure::Unreachable));

    let (port, other) = server(|mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(b"220 mail.example.org ESMTP\r\n\r\n");
    });
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Err(Failure::Garbled));
    other.join().expect("no panic");

    let (port, plain) = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        // Until the client hangs up.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(delivered(&post, &format!("https://localhost:{port}/")).await, Err(Failure::Garbled));
    plain.join().expect("no panic");

    let (port, moved) = server(|mut stream| {
        read_head(&mut stream);
        let _ =
            stream.write_all(b"HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    });
    assert_eq!(delivered(&post, &format!("http://127.0.0.1:{port}/")).await, Err(Failure::Status(307)));
    moved.join().expect("no panic");
}
