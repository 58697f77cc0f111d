//! Which phone asks for which file: a request path and a User-Agent become a [`FileRequest`].
//!
//! Only the last part of the path counts, so the same names serve below every folder. The order of the patterns matters:
//! a file name that one maker alone uses decides the maker; `<mac>.cfg` and `<mac>.xml`, which several use, are decided by
//! the User-Agent first and the MAC's block second. Where path and User-Agent contradict each other the request is refused.
//!
//! Not here: whether the phone may have the file (`web` and `exchange`), and what stands in it (`vendor`).

use super::agent::{Agent, MAX_TEXT, Maker, find_mac, model_named};
use super::oui::vendor_of;
use crate::model::{Announcement, Mac, ModelName, Sighting, Vendor};

/// A file a phone asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRequest {
    /// The maker of the phone.
    pub vendor: Vendor,
    /// Its hardware address, from the path or, for a common file, from the User-Agent.
    pub mac: Option<Mac>,
    /// Which of its files.
    pub kind: FileKind,
    /// Its model: from the User-Agent, else from the file's name.
    pub model: Option<ModelName>,
}

/// Which of a phone's files is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Yealink's list of files to fetch (`<mac>.boot`).
    Boot,
    /// The file all phones of a model share; Yealink's name carries this hardware number.
    Common {
        /// The number in `y0000000000NN.cfg`.
        hardware: Option<u16>,
    },
    /// The file of this one phone, with its account: the one whose fetch counts.
    Personal,
    /// The phone's own address book.
    Contacts,
    /// Snom's firmware pointer; Perch has none to give.
    Firmware,
    /// A file the phone wrote itself and would like back; Perch keeps none.
    PhoneWrites,
}

/// Why a path is not a request of a phone that Perch can serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentifyError {
    /// The path or the User-Agent is longer than any phone's.
    #[error("the request is longer than a phone's can be")]
    TooLong,
    /// No phone asks for this name.
    #[error("no phone file has this name")]
    NotAPhoneFile,
    /// A maker whose files Perch does not write.
    #[error("the phone is of a maker whose files Perch does not write: set it up by hand")]
    OtherMaker,
    /// The path names one maker and the User-Agent another.
    #[error("the file is one maker's and the User-Agent another's")]
    MakersDiffer,
    /// The path names one phone and the User-Agent another.
    #[error("the file is for {path} but the User-Agent says {agent}")]
    MacsDiffer {
        /// The MAC in the path.
        path: Mac,
        /// The MAC in the User-Agent.
        agent: Mac,
    },
}

impl FileRequest {
    /// What this request tells of the phone, where it says which phone it is.
    pub fn announcement(&self, sighting: Sighting) -> Option<Announcement> {
        let model = self.model.clone().or_else(|| unknown_model(self.vendor))?;
        Some(Announcement { mac: self.mac?, model, sighting })
    }
}

/// Reads a request's path and User-Agent.
pub fn identify(path: &str, user_agent: Option<&str>) -> Result<FileRequest, IdentifyError> {
    let user_agent = user_agent.unwrap_or_default();
    if path.len() > MAX_TEXT || user_agent.len() > MAX_TEXT {
        return Err(IdentifyError::TooLong);
    }
    let agent = Agent::read(user_agent);
    let named = read_name(path)?;
    let vendor = match (named.vendor, agent.maker) {
        (_, Maker::Other) => return Err(IdentifyError::OtherMaker),
        (Some(vendor), Maker::Ours(other)) if vendor != other => return Err(IdentifyError::MakersDiffer),
        (Some(vendor), _) | (None, Maker::Ours(vendor)) => vendor,
        (None, Maker::Untold) => named
            .mac
            .and_then(vendor_of)
            .filter(|vendor| *vendor != Vendor::Generic)
            .ok_or(IdentifyError::OtherMaker)?,
    };
    if named.only_for.is_some_and(|maker| maker != vendor) {
        return Err(IdentifyError::MakersDiffer);
    }
    if let (Some(path), Some(agent)) = (named.mac, agent.mac)
        && path != agent
    {
        return Err(IdentifyError::MacsDiffer { path, agent });
    }
    Ok(FileRequest {
        vendor,
        mac: named.mac.or(agent.mac),
        kind: named.kind,
        model: agent.model.or(named.model),
    })
}

/// The model of a phone of which only the maker is known.
pub fn unknown_model(vendor: Vendor) -> Option<ModelName> {
    model_named(vendor, "unknown")
}

/// What a file's name alone says.
struct Named {
    /// The maker, where the form of the name is one maker's own.
    vendor: Option<Vendor>,
    /// The maker among ours that may ask for it, where the form is shared with others.
    only_for: Option<Vendor>,
    mac: Option<Mac>,
    kind: FileKind,
    model: Option<ModelName>,
}

impl Named {
    fn of(vendor: Vendor, mac: Option<Mac>, kind: FileKind) -> Self {
        Self { vendor: Some(vendor), only_for: None, mac, kind, model: None }
    }

    fn shared(only_for: Option<Vendor>, mac: Mac, kind: FileKind) -> Self {
        Self { vendor: None, only_for, mac: Some(mac), kind, model: None }
    }
}

/// Reads the last part of a path, whatever its case.
fn read_name(path: &str) -> Result<Named, IdentifyError> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').ok_or(IdentifyError::NotAPhoneFile)?;
    let named = match extension {
        "boot" if stem == "y000000000000" => Some(Named::of(Vendor::Yealink, None, FileKind::Boot)),
        "boot" => exact_mac(stem).map(|mac| Named::of(Vendor::Yealink, Some(mac), FileKind::Boot)),
        "htm" => snom_name(stem),
        "cfg" => yealink_common(stem)
            .or_else(|| exact_mac(stem).map(|mac| Named::shared(None, mac, FileKind::Personal))),
        "xml" => exact_mac(stem).map(|mac| Named::shared(Some(Vendor::Snom), mac, FileKind::Personal)),
        _ => None,
    };
    named.or_else(|| phone_written(stem, extension)).ok_or_else(|| refusal(&name))
}

/// `y000000000108`: what all phones with hardware 108 share.
fn yealink_common(stem: &str) -> Option<Named> {
    let digits = stem.strip_prefix('y').filter(|digits| digits.len() == 12)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hardware = digits.parse::<u64>().ok().and_then(|number| u16::try_from(number).ok())?;
    let mut named = Named::of(Vendor::Yealink, None, FileKind::Common { hardware: Some(hardware) });
    named.model = hardware_model(hardware).and_then(|word| model_named(Vendor::Yealink, word));
    Some(named)
}

/// `snomd785`, `snomd785-firmware`, `snomd785-000413aabbcc`.
fn snom_name(stem: &str) -> Option<Named> {
    let rest = stem.strip_prefix("snom")?;
    let (word, tail) = rest.split_once('-').map_or((rest, None), |(word, tail)| (word, Some(tail)));
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let (mac, kind) = match tail {
        None => (None, FileKind::Common { hardware: None }),
        Some("firmware") => (None, FileKind::Firmware),
        Some(tail) => (Some(exact_mac(tail)?), FileKind::Personal),
    };
    let mut named = Named::of(Vendor::Snom, mac, kind);
    named.model = model_named(Vendor::Snom, word);
    Some(named)
}

/// `<mac>-contact.xml` and the other files a Yealink phone keeps of itself.
fn phone_written(stem: &str, extension: &str) -> Option<Named> {
    let (mac, tail) = stem.split_once('-')?;
    let kind = match (tail, extension) {
        ("contact", "xml") => FileKind::Contacts,
        ("local", "cfg") | ("calllog", "xml") => FileKind::PhoneWrites,
        _ => return None,
    };
    Some(Named::shared(Some(Vendor::Yealink), exact_mac(mac)?, kind))
}

/// Tells another maker's file from a stray request, for the log.
fn refusal(name: &str) -> IdentifyError {
    const STARTS: [&str; 12] = [
        "gigaset",
        "cfg",
        "spa",
        "sep",
        "ctl",
        "itl",
        "aastra",
        "startup",
        "config",
        "kx-",
        "fanvil",
        "000000000000",
    ];
    let other = STARTS.iter().any(|start| name.starts_with(start)) || find_mac(name).is_some();
    if other { IdentifyError::OtherMaker } else { IdentifyError::NotAPhoneFile }
}

/// Exactly twelve hexadecimal digits that are a phone's MAC.
fn exact_mac(text: &str) -> Option<Mac> {
    (text.len() == 12).then(|| text.parse().ok()).flatten()
}

/// Yealink's hardware numbers as they stand in the names of common files.
fn hardware_model(number: u16) -> Option<&'static str> {
    YEALINK_HARDWARE.iter().find(|(hardware, _)| *hardware == number).map(|(_, word)| *word)
}

/// Source: folder and file names of an open-source provisioner that drives these models. Where several models share a
/// number, the one with the fewest keys stands here; the User-Agent says better.
const YEALINK_HARDWARE: [(u16, &str); 61] = [
    (0, "t28p"),
    (4, "t26p"),
    (5, "t22p"),
    (7, "t20p"),
    (23, "vp530"),
    (25, "w52p"),
    (28, "t46g"),
    (29, "t42g"),
    (32, "t32g"),
    (35, "t48g"),
    (36, "t41p"),
    (37, "cp860"),
    (38, "t38g"),
    (44, "t23g"),
    (45, "t27p"),
    (46, "t29g"),
    (51, "t49g"),
    (52, "t21p"),
    (53, "t19p"),
    (54, "t40p"),
    (56, "t56a"),
    (58, "t58a"),
    (65, "t48s"),
    (66, "t46s"),
    (67, "t42s"),
    (68, "t41s"),
    (69, "t27g"),
    (70, "t54s"),
    (73, "cp960"),
    (74, "t52s"),
    (76, "t40g"),
    (77, "w60b"),
    (78, "cp920"),
    (91, "vp59"),
    (95, "t53"),
    (96, "t54w"),
    (97, "t57w"),
    (107, "t43u"),
    (108, "t46u"),
    (109, "t48u"),
    (116, "t42u"),
    (123, "t31p"),
    (124, "t33g"),
    (143, "cp965"),
    (146, "w70b"),
    (148, "cp925"),
    (150, "t58w"),
    (171, "t34w"),
    (172, "t31w"),
    (174, "t44w"),
    (175, "w80"),
    (180, "ax83h"),
    (182, "ax86r"),
    (183, "t73w"),
    (184, "t74w"),
    (186, "t73u"),
    (187, "t74u"),
    (188, "t77u"),
    (192, "t88v"),
    (196, "t85w"),
    (197, "t87w"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a request is taken for, in one line.
    fn saw(path: &str, agent: &str) -> String {
        let agent = (!agent.is_empty()).then_some(agent);
        match identify(path, agent) {
            Err(error) => format!("{error:?}").chars().take_while(|c| c.is_alphanumeric()).collect(),
            Ok(request) => {
                let mac = request.mac.map_or("-".to_owned(), |mac| mac.bare());
                let model = request.model.map_or("-".to_owned(), |model| model.to_string());
                format!("{:?} {:?} {mac} {model}", request.vendor, request.kind)
            }
        }
    }

    const T46U: &str = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:11:22:33";
    const D785: &str =
        "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004 000413AABBCC SXM:0 UXM:0)";

    #[test]
    fn each_file_of_each_maker_is_told_by_its_name() {
        for (path, agent, expected) in [
            ("/p/805ec0112233.boot", T46U, "Yealink Boot 805ec0112233 yealink-t46u"),
            ("/p/y000000000000.boot", T46U, "Yealink Boot 805ec0112233 yealink-t46u"),
            ("/p/y000000000000.boot", "", "Yealink Boot - -"),
            ("/p/y000000000108.cfg", "", "Yealink Common { hardware: Some(108) } - yealink-t46u"),
            ("/p/y000000000028.cfg", "", "Yealink Common { hardware: Some(28) } - yealink-t46g"),
            ("/p/y000000000000.cfg", "", "Yealink Common { hardware: Some(0) } - yealink-t28p"),
            ("/p/y000000009999.cfg", "", "Yealink Common { hardware: Some(9999) } - -"),
            ("/p/s3cr3t/805ec0112233.cfg", T46U, "Yealink Personal 805ec0112233 yealink-t46u"),
            ("/p/805EC0112233.CFG?x=1", "", "Yealink Personal 805ec0112233 -"),
            ("805ec0112233-contact.xml", "", "Yealink Contacts 805ec0112233 -"),
            ("805ec0112233-local.cfg", "", "Yealink PhoneWrites 805ec0112233 -"),
            ("805ec0112233-calllog.xml", T46U, "Yealink PhoneWrites 805ec0112233 yealink-t46u"),
            ("/snomD785.htm", D785, "Snom Common { hardware: None } 000413aabbcc snom-d785"),
            ("/snomD785-000413AABBCC.htm", "", "Snom Personal 000413aabbcc snom-d785"),
            ("/snomD785-firmware.htm", "", "Snom Firmware - snom-d785"),
            ("/000413AABBCC.xml", D785, "Snom Personal 000413aabbcc snom-d785"),
            ("/000413aabbcc.xml", "", "Snom Personal 000413aabbcc -"),
        ] {
            assert_eq!(saw(path, agent), expected, "{path} {agent}");
        }
    }

    #[test]
    fn the_user_agent_outweighs_the_block_of_the_mac() {
        assert_eq!(
            saw("/02aa00112233.cfg", "Yealink SIP-T31P 124.86.0.20"),
            "Yealink Personal 02aa00112233 yealink-t31p"
        );
        assert_eq!(saw("/805ec0112233.cfg", "Grandstream GRP2612W 1.0.5.67"), "OtherMaker");
    }

    #[test]
    fn a_request_that_contradicts_itself_is_refused() {
        assert_eq!(saw("/805ec0999999.cfg", T46U), "MacsDiffer");
        assert_eq!(saw("/snomD785-000413AABBCC.htm", T46U), "MakersDiffer");
        assert_eq!(saw("/805ec0112233.boot", D785), "MakersDiffer");
        assert_eq!(saw("/805ec0112233.xml", T46U), "MakersDiffer");
        assert_eq!(saw("/000413aabbcc-contact.xml", D785), "MakersDiffer");
    }

    #[test]
    fn what_no_phone_of_ours_asks_for_is_refused() {
        for (path, expected) in [
            ("/", "NotAPhoneFile"),
            ("/favicon.ico", "NotAPhoneFile"),
            ("/../../etc/passwd", "NotAPhoneFile"),
            ("/y12.cfg", "NotAPhoneFile"),
            ("/snom.htm", "NotAPhoneFile"),
            ("/000000000000.cfg", "OtherMaker"),
            ("/0004f2112233.cfg", "OtherMaker"),
            ("/0004f2112233-directory.xml", "OtherMaker"),
            ("/cfgc074ad112233.xml", "OtherMaker"),
            ("/SEP001122334455.cnf.xml", "OtherMaker"),
            ("/GigasetP850-000413E50001.htm", "OtherMaker"),
            ("/000413e50001.xml", "OtherMaker"),
        ] {
            assert_eq!(saw(path, ""), expected, "{path}");
        }
        assert_eq!(saw(&format!("/{}805ec0112233.cfg", "a/".repeat(300)), ""), "TooLong");
        assert_eq!(saw("/805ec0112233.cfg", &"Yealink ".repeat(100)), "TooLong");
    }

    #[test]
    fn a_phone_of_which_only_the_maker_is_known_is_announced_as_such() {
        let request = identify("/805ec0112233.cfg", None).expect("a Yealink file");
        let here = Sighting::heard([192, 0, 2, 1].into(), [192, 0, 2, 1].into());
        let announced = request.announcement(here).map(|phone| phone.model.to_string());
        assert_eq!(announced.as_deref(), Some("yealink-unknown"));
    }

    proptest! {
        #[test]
        fn no_request_whatever_makes_it_panic(path in "\\PC{0,80}", agent in proptest::option::of("\\PC{0,80}")) {
            let _ = identify(&path, agent.as_deref());
        }

        #[test]
        fn no_request_that_is_almost_a_phones_makes_it_panic(
            stem in "(y|snom|snomD785-|cfg)?[0-9a-fA-F\u{e9}]{0,14}(-[a-z]{0,8})?",
            extension in "(boot|cfg|xml|htm|)",
            agent in "(Yealink |snom|Snom |W52P |)[\\PC]{0,40}",
        ) {
            let _ = identify(&format!("/{stem}.{extension}"), Some(&agent));
        }
    }
}
