//! The seal: secrets are kept on the disc only under the box key, which lives in a file of its own.
//!
//! XChaCha20-Poly1305 with a random nonce of 24 bytes for each sealing (draft-irtf-cfrg-xchacha-03); the associated data
//! names the record, so a sealed value moved to another record does not open.
//!
//! Not here: which records are sealed (`record`).

use std::fmt;
use std::io;
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::folder;

/// The key that seals everything secret on this box.
pub(super) struct BoxKey(XChaCha20Poly1305);

/// What the key file turned out to be.
pub(super) enum KeyFile {
    /// A good key.
    Key(BoxKey),
    /// There is none.
    Missing,
    /// It is there and is no key.
    Damaged,
}

impl BoxKey {
    /// Reads the key file.
    pub fn load(path: &Path) -> io::Result<KeyFile> {
        match std::fs::read(path).map(Zeroizing::new) {
            Ok(text) => Ok(Self::read(&text).map_or(KeyFile::Damaged, KeyFile::Key)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(KeyFile::Missing),
            Err(error) => Err(error),
        }
    }

    /// Makes a new key and its file (mode 0600, on the disc when this returns).
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut file = Zeroizing::new(FORM.to_vec());
        file.extend_from_slice(random::<KEY>()?.as_ref());
        let crc = crc32fast::hash(&file);
        file.extend_from_slice(&crc.to_le_bytes());
        folder::write_whole(path, &file)?;
        Self::read(&file).ok_or_else(|| io::Error::other("a new box key did not read back"))
    }

    fn read(file: &[u8]) -> Option<Self> {
        let (signed, crc) = file.split_last_chunk::<4>()?;
        let key = signed.strip_prefix(FORM)?;
        if crc32fast::hash(signed).to_le_bytes() != *crc {
            return None;
        }
        XChaCha20Poly1305::new_from_slice(key).ok().map(Self)
    }

    /// Seals `plain` for the record that `bound_to` names: nonce, then ciphertext.
    pub fn seal(&self, plain: &[u8], bound_to: &[u8]) -> io::Result<Vec<u8>> {
        let nonce = random::<NONCE>()?;
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(nonce.as_ref()), Payload { msg: plain, aad: bound_to })
            .map_err(|_| io::Error::other("a record is too large to be sealed"))?;
        Ok([nonce.as_ref(), &sealed].concat())
    }

    /// Opens what [`BoxKey::seal`] made; `None` when the key, the record or a bit is another.
    pub fn open(&self, sealed: &[u8], bound_to: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let plain = self.0.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: bound_to });
        plain.ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for BoxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxKey")
    }
}

fn random<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// How a key file begins: what it is, and the version of its form.
const FORM: &[u8] = b"perch box key 1\n";
const KEY: usize = 32;
const NONCE: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> BoxKey {
        let dir = tempfile::tempdir().expect("a temporary folder");
        BoxKey::create(&dir.path().join("box.key")).expect("a key")
    }

    #[test]
    fn a_sealed_value_opens_for_its_own_record_only() {
        let key = key();
        let sealed = key.seal(b"4071", b"extension 100").expect("sealed");
        assert_eq!(key.open(&sealed, b"extension 100").expect("opens").as_slice(), b"4071");
        assert!(key.open(&sealed, b"extension 101").is_none());
        assert!(self::key().open(&sealed, b"extension 100").is_none());
        for bit in 0..sealed.len() * 8 {
            let mut wrong = sealed.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&wrong, b"extension 100").is_none());
        }
    }

    #[test]
    fn a_key_file_with_a_wrong_bit_is_no_key() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("box.key");
        assert!(matches!(BoxKey::load(&path), Ok(KeyFile::Missing)));
        BoxKey::create(&path).expect("a key");
        assert!(matches!(BoxKey::load(&path), Ok(KeyFile::Key(_))));
        let mut file = std::fs::read(&path).expect("the key file");
        file[20] ^= 1;
        std::fs::write(&path, file).expect("written");
        assert!(matches!(BoxKey::load(&path), Ok(KeyFile::Damaged)));
    }
}
