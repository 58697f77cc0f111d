//! A rendered file: what `web` sends.

use sha2::{Digest, Sha256};

/// A file for a phone; equal states give equal files, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// The Content-Type header.
    pub content_type: &'static str,
    /// The bytes.
    pub body: Vec<u8>,
}

impl RenderedFile {
    /// A text file in Yealink's form.
    pub(super) fn plain(body: String) -> Self {
        Self { content_type: "text/plain; charset=utf-8", body: body.into_bytes() }
    }

    /// An XML file.
    pub(super) fn xml(body: String) -> Self {
        Self { content_type: "text/xml; charset=utf-8", body: body.into_bytes() }
    }

    /// The ETag header, quotes included: a digest of the bytes.
    pub fn etag(&self) -> String {
        let digest = Sha256::digest(&self.body);
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{hex}\"")
    }
}

/// The body holds secrets, so it is never printed.
impl std::fmt::Debug for RenderedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RenderedFile({}, {} bytes)", self.content_type, self.body.len())
    }
}
