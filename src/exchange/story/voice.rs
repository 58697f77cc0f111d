//! The box's voice: what a voice call is for, its sound, and who hears what in which language.
//!
//! Not here: what the keys mean (`ivr`), who may log in (`logins`).

use std::net::IpAddr;

use rand::RngExt;

use crate::exchange::call::EndVoice;
use crate::exchange::ivr::{self, DigitSource, Question};
use crate::exchange::{Exchange, SoundCommand, SoundNews};
use crate::media::{Agreement, Codec, MediaEvent, Priority, Prompt, Sending, SessionConfig};
use crate::model::{CallId, Device, DeviceId, ExtensionNumber, LoginMethod, LogoutReason, Now};
use crate::sip::sdp::{self, NegotiatedVoice};

/// What a voice call is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Ask for a PIN, or for an ID and a PIN, and do what its owner is entitled to.
    Ask {
        /// What is asked for first.
        first: Question,
        /// What is wanted.
        wants: Wants,
        /// Whose PIN it should be; `None` until that is known, or where nobody has the ID that was keyed.
        who: Option<ExtensionNumber>,
    },
    /// Log this extension in, which needs no PIN.
    LogIn(ExtensionNumber, LoginMethod),
    /// End the login at this phone and say so: once it has ended, this becomes what is said.
    LogOut,
    /// Switch the own phones of this extension off, or on again, and say which.
    Toggle(ExtensionNumber),
    /// Say one thing and hang up.
    Say(Prompt),
    /// Say one thing before the call is refused with this status.
    Refuse(Prompt, u16),
}

/// What somebody wants who is asked for a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// To be logged in here.
    LogIn(LoginMethod),
    /// To be logged out wherever that is (F13).
    LogOut,
    /// To have the own phones switched off, or on again (P14).
    Toggle,
}

impl Exchange {
    /// What the voice menu wants done.
    pub(in crate::exchange) fn handle_voice_output(&mut self, output: ivr::Output, now: Now) {
        match output {
            ivr::Output::Play { call, prompt, language } => {
                self.sound(SoundCommand::Play { call, prompt, language });
            }
            ivr::Output::Silence { call } => self.sound(SoundCommand::Silence { call }),
            ivr::Output::Entered { call, question, digits } => self.judge(call, question, &digits, now),
            ivr::Output::Finished { call } => {
                let how = match self.scripts.get(&call) {
                    Some(Script::Refuse(_, status)) => EndVoice::Refuse(*status),
                    _ => EndVoice::HangUp,
                };
                self.calls.end_voice(call, how, now);
            }
        }
    }

    /// A call wants a port for the box's voice.
    pub(in crate::exchange) fn open_voice(&mut self, call: CallId, local: IpAddr) {
        let from = self.talking.get(&call).map(|device| self.addresses_of(*device)).unwrap_or_default();
        let priority = match self.scripts.get(&call) {
            Some(Script::Refuse(Prompt::NoOutsideLine, _)) => Priority::Emergency,
            _ => Priority::Ordinary,
        };
        self.sound(SoundCommand::Open { call, local, from, priority });
    }

    /// The caller is there: the sound runs, and what was asked for is done. A caller who holds the call from the first
    /// is told when it listens.
    pub(in crate::exchange) fn begin_voice(&mut self, call: CallId, voice: &NegotiatedVoice, now: Now) {
        let config = SessionConfig {
            agreed: agreement(voice),
            ssrc: self.rng.random(),
            first_sequence: self.rng.random(),
            first_timestamp: self.rng.random(),
        };
        self.sound(SoundCommand::Start { call, config, remote: voice.remote });
        match self.scripts.get(&call).cloned() {
            Some(Script::LogOut) => {
                let device = self.talking.get(&call).copied();
                let ended = device.and_then(|device| self.hotdesk.logout(device, LogoutReason::Code));
                let prompt = if ended.is_some() { Prompt::LoggedOut } else { Prompt::NotLoggedIn };
                self.scripts.insert(call, Script::Say(prompt));
            }
            Some(Script::Toggle(user)) => {
                let prompt = self.toggle(&user);
                self.scripts.insert(call, Script::Say(prompt));
            }
            Some(Script::LogIn(user, method)) => self.log_in_at_once(call, &user, method, now),
            Some(Script::Ask { .. } | Script::Say(_) | Script::Refuse(..)) | None => {}
        }
        match (self.scripts.get(&call), voice.direction.sends(), self.ivr.is_talking(call)) {
            (_, true, false) => self.speak(call, now),
            (_, true, true) => {}
            (_, false, true) => self.ivr.hold(call),
            // Whoever waits for a refusal is not left waiting because nobody listens.
            (Some(Script::Refuse(_, status)), false, false) => {
                self.calls.end_voice(call, EndVoice::Refuse(*status), now);
            }
            (_, false, false) => {}
        }
    }

    /// The voice begins to say what it has to say.
    fn speak(&mut self, call: CallId, now: Now) {
        let language = match self.talking.get(&call) {
            Some(device) => self.language_at(*device),
            None => self.directory.settings().language,
        };
        match self.scripts.get(&call).cloned() {
            Some(Script::Ask { first, .. }) => self.ivr.ask(call, first, language, now.mono),
            Some(Script::Say(prompt) | Script::Refuse(prompt, _)) => {
                self.ivr.say(call, prompt, language, now.mono);
            }
            Some(Script::LogIn(..) | Script::LogOut | Script::Toggle(_)) | None => {
                self.ivr.say(call, Prompt::SystemFault, language, now.mono);
            }
        }
    }

    /// Something else was agreed with the caller: hold, resume, another codec or number, another place.
    pub(in crate::exchange) fn change_voice(&mut self, call: CallId, voice: &NegotiatedVoice, now: Now) {
        let (agreed, remote) = (agreement(voice), voice.remote);
        self.sound(SoundCommand::Change { call, agreed, remote });
        match (voice.direction.sends(), self.ivr.is_talking(call)) {
            (true, true) => self.ivr.resume(call, now.mono),
            (true, false) => self.speak(call, now),
            (false, _) => self.ivr.hold(call),
        }
    }

    /// The box's voice is not needed any more.
    pub(in crate::exchange) fn end_voice(&mut self, call: CallId) {
        self.ivr.forget(call);
        self.sound(SoundCommand::Close { call });
    }

    /// News from the sound.
    pub(in crate::exchange) fn handle_sound(&mut self, news: SoundNews, now: Now) {
        match news {
            SoundNews::Opened { call, local } => {
                let local = match self.settings.lan {
                    Some(lan) => std::net::SocketAddr::new(lan, local.port()),
                    None => local,
                };
                self.calls.voice_opened(call, local, now);
            }
            SoundNews::Refused { call } => self.calls.voice_failed(call, now),
            SoundNews::Event { call, event: MediaEvent::Digit { digit, .. } } => {
                self.ivr.handle_digit(call, digit, DigitSource::Media, now.mono);
            }
            SoundNews::Event { call, event: MediaEvent::PlayFinished(_) } => {
                self.ivr.handle_played(call, now.mono)
            }
            // A phone that sends nothing may still listen; the dialogue has its own patience.
            SoundNews::Event { event: MediaEvent::RemoteSilent, .. } => {}
        }
    }

    fn sound(&mut self, command: SoundCommand) {
        self.outputs.push_back(crate::exchange::Output::Sound(command));
    }

    fn addresses_of(&self, device: DeviceId) -> Vec<IpAddr> {
        let bound = self.registrar.all().filter(|bound| bound.binding.device == device);
        let mut all: Vec<_> = bound.map(|bound| bound.flow.remote.ip()).collect();
        all.extend(self.directory.device(device).and_then(|device: &Device| device.address));
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What was agreed, in the words of the sound.
fn agreement(voice: &NegotiatedVoice) -> Agreement {
    Agreement {
        codec: match voice.codec {
            sdp::Codec::Pcmu => Codec::Pcmu,
            sdp::Codec::Pcma => Codec::Pcma,
        },
        payload_type: voice.payload,
        telephone_event: voice.telephone_event,
        sending: if voice.direction.sends() { Sending::On } else { Sending::Off },
    }
}
