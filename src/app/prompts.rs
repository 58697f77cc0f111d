//! The owner's own voice: WAV files in `DATA/prompts/<language>/<prompt>.wav` take the place of the house's recordings.

use std::path::Path;

use crate::media::{Language, Prompt, PromptLibrary, wav};

/// Longer files are no prompts: a minute at the best quality WAV has here.
const LARGEST_FILE: u64 = 12 << 20;

/// The recordings, with the owner's in place. A file that cannot be used is named in the log and passed over.
pub fn library(data: &Path) -> PromptLibrary {
    let mut library = PromptLibrary::new();
    for language in Language::ALL {
        for prompt in Prompt::ALL {
            let file = data.join("prompts").join(language.code()).join(format!("{}.wav", prompt.name()));
            let Ok(facts) = std::fs::metadata(&file) else { continue };
            if facts.len() > LARGEST_FILE {
                tracing::warn!(file = %file.display(), "this recording is too large: a prompt is at most a minute");
                continue;
            }
            let decoded = std::fs::read(&file)
                .map_err(|error| error.to_string())
                .and_then(|bytes| wav::decode(&bytes).map_err(|error| error.to_string()));
            match decoded {
                Ok(pcm) => library.override_with(*language, *prompt, &pcm),
                Err(error) => tracing::warn!(file = %file.display(), %error, "this recording cannot be used"),
            }
        }
    }
    library
}
