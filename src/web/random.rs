//! True random bytes from the system, and texts made of them.

/// Random bytes.
///
/// # Panics
/// When the system has no source of randomness: no secret can be made then, and none may be faked.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("every system Perch runs on gives random bytes once it has booted");
    bytes
}

/// 256 random bits as 64 lower-case hexadecimal digits.
pub fn token() -> String {
    hex(&bytes::<32>())
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `length` characters drawn evenly from `alphabet`.
pub fn word(alphabet: &[u8], length: usize) -> String {
    let fair = 256 - 256 % alphabet.len();
    let mut word = String::with_capacity(length);
    while word.len() < length {
        let [byte] = bytes::<1>();
        if usize::from(byte) < fair {
            word.push(char::from(alphabet[usize::from(byte) % alphabet.len()]));
        }
    }
    word
}
