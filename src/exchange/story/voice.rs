//! The login dialogue: from the INVITE that asks for it to "Logged in", and the other things the box says.

use std::net::IpAddr;

use rand::RngExt;

use crate::exchange::call::EndVoice;
use crate::exchange::ivr::{self, DigitSource, Verdict};
use crate::exchange::{Exchange, SAVE_PATIENCE, SoundCommand, SoundNews, Unsaved};
use crate::media::{Agreement, Codec, MediaEvent, Priority, Prompt, Sending, SessionConfig};
use crate::model::{
    CallId, Device, DeviceId, DeviceMode, Event, ExtensionNumber, Language, LoginMethod, LoginRefusal,
    LogoutReason, Now, Secret,
};
use crate::sip::sdp::{self, NegotiatedVoice};

/// What a voice call is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// Ask for the PIN of this extension and log it in.
    AskPin(ExtensionNumber, LoginMethod),
    /// End the login at this phone and say so: once it has ended, this becomes what is said.
    LogOut,
    /// Say one thing and hang up.
    Say(Prompt),
    /// Say one thing before the call is refused with this status.
    Refuse(Prompt, u16),
}

impl Exchange {
    /// Whether a PIN may be asked for what was dialled, and whose; else what is said instead.
    pub(in crate::exchange) fn may_ask_pin(
        &self,
        dialled: &str,
        device: DeviceId,
        now: Now,
    ) -> Result<ExtensionNumber, Prompt> {
        let number: ExtensionNumber = dialled.parse().map_err(|_| Prompt::UnknownExtension)?;
        let extension = self.directory.extension(&number).ok_or(Prompt::UnknownExtension)?;
        let mode = self.directory.device(device).map(|device| &device.mode);
        match mode {
            Some(DeviceMode::Owned(owner)) if *owner == number => return Err(Prompt::AlreadyYours),
            Some(DeviceMode::HotDesk) => {}
            Some(DeviceMode::Owned(_) | DeviceMode::Unassigned) | None => return Err(Prompt::NotAllowed),
        }
        if self.directory.roams(&number) != Some(true) || extension.pin.is_none() {
            return Err(Prompt::NotAllowed);
        }
        if self.lockout.is_closed(&number, device, now.mono) {
            return Err(Prompt::Locked);
        }
        Ok(number)
    }

    /// Logs an extension in without a PIN, as the administrator may.
    pub fn log_in(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
        now: Now,
    ) -> Result<crate::model::Login, LoginRefusal> {
        let granted = self.grant(extension, device, method, None, now);
        if let Err(refusal) = granted {
            self.refused(Some(extension.clone()), device, refusal);
        }
        self.settle(now);
        granted?;
        self.hotdesk.at(device).cloned().ok_or(LoginRefusal::UnknownDevice)
    }

    /// Ends the login at a device; `false` where nobody was logged in.
    pub fn log_out(&mut self, device: DeviceId, reason: LogoutReason, now: Now) -> bool {
        let ended = self.hotdesk.logout(device, reason).is_some();
        self.settle(now);
        ended
    }

    fn grant(
        &mut self,
        extension: &ExtensionNumber,
        device: DeviceId,
        method: LoginMethod,
        call: Option<CallId>,
        now: Now,
    ) -> Result<(), LoginRefusal> {
        if !self.directory.roams(extension).ok_or(LoginRefusal::UnknownExtension)? {
            return Err(LoginRefusal::NotAllowed);
        }
        let desk = self.directory.device(device).ok_or(LoginRefusal::UnknownDevice)?;
        if desk.mode != DeviceMode::HotDesk {
            return Err(LoginRefusal::NotAHotDesk);
        }
        let policy = self.directory.settings().login_policy;
        let login = self.hotdesk.login(extension, device, method, policy, now)?;
        // The turns are taken now, so that the change of this login has its number.
        while let Some(turn) = self.hotdesk.poll_turn() {
            self.handle_desk_turn(turn, now);
        }
        let until = now.mono + SAVE_PATIENCE;
        self.unsaved.push_back(Unsaved { change: self.last_change, login, call, until });
        Ok(())
    }

    fn refused(&mut self, extension: Option<ExtensionNumber>, device: DeviceId, refusal: LoginRefusal) {
        self.tell(Event::LoginRefused { extension, device, refusal });
    }

    /// The store has everything up to `through`: those who wait for a login hear of it.
    pub(in crate::exchange) fn handle_saved(&mut self, through: u64, now: Now) {
        while let Some(one) = self.unsaved.front().filter(|one| one.change <= through) {
            let (login, call) = (one.login, one.call);
            self.unsaved.pop_front();
            self.hotdesk.saved(login);
            self.confirm(call, now);
        }
    }

    /// HOTDESK B1: a login that the disc does not take in time is granted all the same.
    pub(in crate::exchange) fn give_up_waiting_for_the_disc(&mut self, now: Now) {
        let mut confirmed = Vec::new();
        for one in self.unsaved.iter_mut().filter(|one| one.until <= now.mono) {
            confirmed.extend(one.call.take());
            one.until = now.mono + SAVE_PATIENCE;
        }
        for call in confirmed {
            self.confirm(Some(call), now);
        }
    }

    fn confirm(&mut self, call: Option<CallId>, now: Now) {
        if let Some(call) = call {
            self.ivr.verdict(call, Verdict::Settled(Prompt::LoggedIn), now.mono);
        }
    }

    /// What the voice menu wants done.
    pub(in crate::exchange) fn handle_voice_output(&mut self, output: ivr::Output, now: Now) {
        match output {
            ivr::Output::Play { call, prompt, language } => {
                self.sound(SoundCommand::Play { call, prompt, language });
            }
            ivr::Output::Silence { call } => self.sound(SoundCommand::Silence { call }),
            ivr::Output::PinEntered { call, extension, pin } => self.judge_pin(call, &extension, &pin, now),
            ivr::Output::Finished { call } => {
                let how = match self.scripts.get(&call) {
                    Some(Script::Refuse(_, status)) => EndVoice::Refuse(*status),
                    _ => EndVoice::HangUp,
                };
                self.calls.end_voice(call, how, now);
            }
        }
    }

    fn judge_pin(&mut self, call: CallId, extension: &ExtensionNumber, pin: &Secret, now: Now) {
        let (Some(device), Some(Script::AskPin(_, method))) =
            (self.talking.get(&call), self.scripts.get(&call))
        else {
            return;
        };
        let (device, method) = (*device, *method);
        if self.lockout.is_closed(extension, device, now.mono) {
            self.refused(Some(extension.clone()), device, LoginRefusal::Locked);
            return self.ivr.verdict(call, Verdict::Settled(Prompt::Locked), now.mono);
        }
        let right = self
            .directory
            .extension(extension)
            .and_then(|one| one.pin.as_ref())
            .is_some_and(|own| own == pin);
        if !right {
            let closes = self.lockout.wrong(extension, device, now.mono);
            self.refused(Some(extension.clone()), device, LoginRefusal::WrongPin);
            closes.into_iter().for_each(|locked| self.tell(Event::LoginsClosed { locked }));
            let closed = self.lockout.is_closed(extension, device, now.mono);
            let verdict = if closed { Verdict::Settled(Prompt::Locked) } else { Verdict::WrongPin };
            return self.ivr.verdict(call, verdict, now.mono);
        }
        self.lockout.right(extension);
        if let Err(refusal) = self.grant(extension, device, method, Some(call), now) {
            self.refused(Some(extension.clone()), device, refusal);
            self.ivr.verdict(call, Verdict::Settled(prompt_of(refusal)), now.mono);
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
        if let Some(Script::LogOut) = self.scripts.get(&call) {
            let device = self.talking.get(&call).copied();
            let ended = device.and_then(|device| self.hotdesk.logout(device, LogoutReason::Code));
            let prompt = if ended.is_some() { Prompt::LoggedOut } else { Prompt::NotLoggedIn };
            self.scripts.insert(call, Script::Say(prompt));
        }
        match self.scripts.get(&call) {
            _ if voice.direction.sends() => self.speak(call, now),
            // Whoever waits for a refusal is not left waiting because nobody listens.
            Some(Script::Refuse(_, status)) => self.calls.end_voice(call, EndVoice::Refuse(*status), now),
            Some(Script::AskPin(..) | Script::LogOut | Script::Say(_)) | None => {}
        }
    }

    /// The voice begins to say what it has to say.
    fn speak(&mut self, call: CallId, now: Now) {
        let language = self.directory.settings().language;
        match self.scripts.get(&call).cloned() {
            Some(Script::AskPin(extension, _)) => self.ivr.ask_pin(call, extension, language, now.mono),
            Some(Script::Say(prompt) | Script::Refuse(prompt, _)) => {
                self.ivr.say(call, prompt, language, now.mono);
            }
            Some(Script::LogOut) | None => {
                self.ivr.say(call, Prompt::SystemFault, Language::default(), now.mono);
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

/// What is said of a refusal.
fn prompt_of(refusal: LoginRefusal) -> Prompt {
    match refusal {
        LoginRefusal::UnknownExtension => Prompt::UnknownExtension,
        LoginRefusal::NotAllowed | LoginRefusal::NotAHotDesk | LoginRefusal::UnknownDevice => {
            Prompt::NotAllowed
        }
        LoginRefusal::WrongPin => Prompt::WrongPin,
        LoginRefusal::Locked => Prompt::Locked,
        LoginRefusal::BusyElsewhere => Prompt::BusyElsewhere,
        LoginRefusal::AlreadyHere => Prompt::AlreadyYours,
    }
}
