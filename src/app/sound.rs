//! Between the exchange and the sound thread: commands one way, news the other.

use std::sync::mpsc::Sender;

use crate::exchange::{SoundCommand, SoundNews};
use crate::media::{Language, PlayId, PromptLibrary};
use crate::model::CallId;
use crate::net::rtp::{Command, News};

/// The way to the sound thread.
pub struct Sound {
    commands: Sender<Command>,
    library: PromptLibrary,
    last_play: u64,
}

impl Sound {
    /// Speaks to the thread behind `commands` with the recordings of `library`.
    pub fn new(commands: Sender<Command>, library: PromptLibrary) -> Self {
        Self { commands, library, last_play: 0 }
    }

    /// Passes a command on. A thread that is gone has taken the box's voice with it; calls between phones go on.
    pub fn command(&mut self, command: SoundCommand) {
        let command = match command {
            SoundCommand::Open { call, local, from, priority } => {
                Command::Open { call: call.0, local, from, priority }
            }
            SoundCommand::Start { call, config, remote } => Command::Start { call: call.0, config, remote },
            SoundCommand::Change { call, agreed, remote } => Command::Change { call: call.0, agreed, remote },
            SoundCommand::Play { call, prompt, language } => {
                self.last_play += 1;
                let language: Language = language.code().parse().unwrap_or(Language::En);
                let audio = self.library.audio(language, prompt);
                Command::Play { call: call.0, audio, id: PlayId(self.last_play) }
            }
            SoundCommand::Silence { call } => Command::Silence { call: call.0 },
            SoundCommand::Close { call } => Command::Close { call: call.0 },
        };
        if self.commands.send(command).is_err() {
            tracing::error!("the sound thread is gone: restart Perch");
        }
    }
}

/// The thread's news as the exchange takes them.
pub fn news(news: News) -> SoundNews {
    match news {
        News::Opened { call, local } => SoundNews::Opened { call: CallId(call), local },
        News::Refused { call } => SoundNews::Refused { call: CallId(call) },
        News::Event { call, event } => SoundNews::Event { call: CallId(call), event },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;

    #[test]
    fn there_is_a_voice_for_every_language_an_office_can_have() {
        let voices: Vec<&str> = Language::ALL.iter().map(|language| language.code()).collect();
        assert_eq!(voices, model::Language::ALL.map(model::Language::code));
    }
}
