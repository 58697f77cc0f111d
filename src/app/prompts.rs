//! The owner's own voice: WAV files in `DATA/prompts/<language>/<prompt>.wav` take the place of the house's recordings.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::media::{Language, Prompt, PromptLibrary, wav};

/// Longer files are no prompts: a minute at the best quality WAV has here.
const LARGEST_FILE: u64 = 24 << 20;

/// A recording that is not played, and a sentence that says why.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    file: PathBuf,
    why: String,
}

/// The recordings, with the owner's in place. A file that cannot be used is named in the log and passed over.
pub fn library(data: &Path) -> PromptLibrary {
    let mut library = PromptLibrary::new();
    for Fault { file, why } in read_into(&mut library, &data.join("prompts")) {
        tracing::warn!(file = %file.display(), "{why}; the recording of the house is played");
    }
    library
}

/// Puts every usable file of the folder in its place, in the order of their names.
fn read_into(library: &mut PromptLibrary, folder: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    for inner in entries(folder) {
        let language = match name_of(&inner).parse::<Language>() {
            Ok(language) => language,
            Err(fault) => {
                faults.push(Fault { file: inner, why: fault.to_string() });
                continue;
            }
        };
        for file in entries(&inner) {
            match recording(&file) {
                Ok((prompt, pcm)) => library.override_with(language, prompt, &pcm),
                Err(why) => faults.push(Fault { file, why }),
            }
        }
    }
    faults
}

/// What stands in a folder, hidden files left out; nothing where there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut all: Vec<_> = all.filter(|path| !name_of(path).starts_with('.')).collect();
    all.sort();
    all
}

fn recording(file: &Path) -> Result<(Prompt, Vec<i16>), String> {
    let is_wav = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
    if !is_wav {
        return Err("this is not a WAV file by its name".to_owned());
    }
    let prompt = file.file_stem().map(OsStr::to_string_lossy).unwrap_or_default().parse::<Prompt>();
    let prompt = prompt.map_err(|fault| fault.to_string())?;
    let facts = std::fs::metadata(file).map_err(|error| error.to_string())?;
    if facts.len() > LARGEST_FILE {
        return Err("this recording is too large: a prompt is at most a minute".to_owned());
    }
    let bytes = std::fs::read(file).map_err(|error| format!("this file cannot be read: {error}"))?;
    wav::decode(&bytes).map(|pcm| (prompt, pcm)).map_err(|fault| fault.to_string())
}

fn name_of(path: &Path) -> String {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight samples of 8 kHz, mono, 16 bit.
    const WAV: &[u8] =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0data\x10\0\0\0\
                         \0\x10\0\x10\0\x10\0\x10\0\x10\0\x10\0\x10\0\x10";

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_one_sentence_and_ours_is_played() {
        let data = tempfile::tempdir().expect("a folder");
        let put = |name: &str, bytes: &[u8]| {
            let file = data.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, bytes).expect("a file");
        };
        put("it/locked.wav", WAV);
        put("it/enter_pin.WAV", WAV);
        put("it/wrong_pin.wav", b"ID3 an MP3");
        put("it/logged_in.wav", &WAV[..30]);
        put("it/logged_out.mp3", b"");
        put("it/welcome.wav", WAV);
        put("it/.locked.wav.swp", b"");
        put("de/locked.wav", WAV);
        put("pt/locked.wav", WAV);

        let mut library = PromptLibrary::new();
        let faults = read_into(&mut library, data.path());
        let faults: Vec<_> = faults.iter().map(|fault| (name_of(&fault.file), fault.why.as_str())).collect();
        let names: Vec<&str> = faults.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["logged_in.wav", "logged_out.mp3", "welcome.wav", "wrong_pin.wav", "pt"]);
        assert_eq!(faults[4].1, "no voice for the language \"pt\"; there are: en, it, de, fr, es");
        assert_eq!(faults[3].1, "this is not a WAV file; save the recording as WAV, 16-bit PCM");
        assert!(
            faults[2].1.starts_with("no prompt is called \"welcome\"; there are: enter_pin, "),
            "{faults:?}"
        );

        let ours = PromptLibrary::new();
        for (language, prompt, is_the_owners) in [
            (Language::It, Prompt::Locked, true),
            (Language::It, Prompt::EnterPin, true),
            (Language::It, Prompt::WrongPin, false),
            (Language::It, Prompt::LoggedIn, false),
            (Language::De, Prompt::Locked, true),
            (Language::Fr, Prompt::Locked, false),
        ] {
            let length = library.audio(language, prompt).ulaw().len();
            let own_length = ours.audio(language, prompt).ulaw().len();
            assert_eq!(length, if is_the_owners { 8 } else { own_length }, "{language} {prompt}");
        }
    }

    #[test]
    fn without_a_folder_there_is_nothing_to_say() {
        assert_eq!(read_into(&mut PromptLibrary::new(), Path::new("/nowhere")), []);
    }
}
