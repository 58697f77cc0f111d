//! The office of the five styles: Ada, who may hot desk, the reception, and a program in the place of a desk's phone.

use std::net::UdpSocket;

use perch::media::Prompt;
use serde_json::json;

use super::PIN;
use crate::client::{Account, Dialog, Message, Phone};
use crate::clients::{Line, baresip, has, linphone, sipp, sipp_leaves, sipp_registers};
use crate::desk_phone::{DeskPhone, free_address};
use crate::phone::{SimPhone, config};
use crate::real_box::RealBox;

/// Which program takes the place of a phone.
#[derive(Debug, Clone, Copy)]
pub enum Program {
    Sipp,
    Baresip,
    Linphone,
}

impl Program {
    pub fn is_there(self) -> bool {
        has(match self {
            Self::Sipp => "sipp",
            Self::Baresip => "baresip",
            Self::Linphone => "linphonec",
        })
    }
}

/// An office of one style: Ada, 100, who may hot desk, and the reception, 101, which is rung for help.
pub struct Office {
    pub real: RealBox,
    pub reception: Phone,
}

impl Office {
    /// `of_office` and `of_ada` are lines of their tables, `devices` whole tables.
    pub fn opens(plan: &str, [of_office, of_ada, devices]: [&str; 3]) -> Office {
        let real = RealBox::with(&format!(
            "plan = \"{plan}\"\n[office]\nname = \"Rossi\"\ncountry = \"IT\"\nlanguage = \"en\"\n\
             emergency_extension = \"101\"\n{of_office}\n\
             [[extension]]\nnumber = \"100\"\nname = \"Ada Rossi\"\nhotdesk = true\npin = \"{PIN}\"\n{of_ada}\n\
             [[extension]]\nnumber = \"101\"\nname = \"Reception\"\n{devices}\n{}",
            by_hand("Reception", "extension = \"101\"", "101")
        ));
        let reception = registered(&real, "101");
        Office { real, reception }
    }

    /// The program takes the place of a phone: it registers as the line says, calls the reception, which sees that it is
    /// Ada, and is called by it.
    pub fn is_played_by(&mut self, program: Program, line: &Line) {
        match program {
            Program::Sipp => {
                let port = sipp_registers(&self.real, line);
                let calling = sipp(&self.real, ("call", "101"), line, port);
                let (reception, _) = self.reception_is_called_by_ada();
                reception.is_hung_up();
                calling.succeeds();
                let answering = sipp(&self.real, ("answer", "100"), line, port);
                self.reception_calls_ada();
                answering.succeeds();
                sipp_leaves(&self.real, line, port);
            }
            Program::Baresip => {
                let dial = format!("/dial sip:101@{}", line.domain);
                let baresip = baresip(&self.real, line, &[&dial]);
                let (reception, mut dialog) = self.reception_is_called_by_ada();
                reception.hang_up(&mut dialog);
                self.reception_calls_ada();
                baresip.says("Call established", 2);
                baresip.says("session closed", 2);
            }
            Program::Linphone => {
                let mut linphone = linphone(&self.real, line);
                linphone.types(&format!("call sip:101@{}", line.domain));
                let (reception, _) = self.reception_is_called_by_ada();
                linphone.says("connected.", 1);
                linphone.types("terminate");
                reception.is_hung_up();
                self.reception_calls_ada();
                linphone.says("connected.", 2);
                linphone.says("ended (No error)", 2);
                linphone.types("quit");
                linphone.succeeds();
            }
        }
    }

    pub fn reception_is_called_by_ada(&mut self) -> (&mut Phone, Dialog) {
        let arrived = self.reception.expect("INVITE");
        assert!(shows_ada(&arrived), "{arrived:?}");
        let dialog = self.reception.pick_up(&arrived);
        (&mut self.reception, dialog)
    }

    fn reception_calls_ada(&mut self) {
        let invite = self.reception.invite(self.reception.invite_draft("100"));
        let ok = self.reception.final_of(&invite);
        assert_eq!(ok.status(), 200, "{ok:?}");
        let mut dialog = self.reception.acknowledge(&invite, &ok, None);
        self.reception.hang_up(&mut dialog);
    }

    /// A phone that the box writes to becomes a hot desk and shows its name.
    pub fn has_idle_desk(&self, desk: &DeskPhone) {
        desk.registers(&format!("hotdesk-{}", desk.mac));
        let device = desk.is_confirmed(&self.real);
        let name = device["screen_name"].as_str().expect("a screen name");
        assert!(name.starts_with("HD"), "{name}");
        assert!(device["login"].is_null(), "{device}");
        desk.shows(name);
    }

    /// A phone that the box writes to has become Ada's, and its place can be taken by whoever has its file.
    pub fn is_adas(&self, desk: &DeskPhone, method: &str) {
        desk.registers("hotdesk-100");
        let device = desk.is_confirmed(&self.real);
        assert_eq!(
            (&device["login"]["extension"], &device["login"]["method"]),
            (&json!("100"), &json!(method))
        );
        desk.shows("100 Ada Rossi");
    }

    /// Somebody logged out: the desk calls nobody, by whatever it dials, but for help.
    pub fn calls_only_for_help(&mut self, desk: &DeskPhone, dialled: &[(&str, Prompt)]) {
        assert_eq!(self.real.count("logins"), 0);
        for (number, prompt) in dialled {
            desk.dials(number);
            desk.hears(*prompt);
            desk.does(SimPhone::hangs_up);
            desk.waits("at an end", |phone| phone.ending().is_some());
        }
        assert!(!self.reception.has_seen(|message| message.method() == "INVITE"));
        desk.dials("112");
        let arrived = self.reception.expect("INVITE");
        self.reception.pick_up(&arrived);
        desk.waits("in the call for help", SimPhone::in_call);
        desk.does(SimPhone::hangs_up);
        self.reception.is_hung_up();
    }
}

/// A phone set up by hand.
pub fn by_hand(name: &str, whose: &str, user: &str) -> String {
    format!(
        "[[device]]\nname = \"{name}\"\nmodel = \"generic\"\n{whose}\nsip_user = \"{user}\"\n\
         sip_password = \"the-password-of-{user}\"\n"
    )
}

/// An extension's own phone at an address of its own, registered.
pub fn registered(real: &RealBox, user: &str) -> Phone {
    let socket = UdpSocket::bind((free_address(), 0)).expect("a free port");
    let account = Account {
        number: user.to_owned(),
        user: user.to_owned(),
        password: format!("the-password-of-{user}"),
    };
    let mut phone = Phone::at(socket, real.sip, account);
    phone.register();
    phone
}

fn shows_ada(invite: &Message) -> bool {
    let from = invite.header("From");
    from.contains("Ada Rossi") && from.contains("sip:100@")
}

/// What somebody types into a phone that the box writes no file for, as the API tells it.
pub fn account_by_hand(real: &RealBox, name: &str) -> config::Account {
    let id = real.device(name)["id"].as_str().expect("an id").to_owned();
    let sip = real.api(&format!("devices/{id}/sip"));
    let said = |what: &str| sip[what].as_str().expect("a text").to_owned();
    config::Account {
        number: 1,
        label: name.to_owned(),
        display_name: name.to_owned(),
        user: said("user"),
        auth_name: said("user"),
        password: said("password"),
        domain: said("realm"),
        proxy: (real.sip.ip().to_string(), real.sip.port()),
        register_every: 300,
        tcp: false,
    }
}
