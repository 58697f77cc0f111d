//! The rules of the numbering plan (HOTDESK rule 1): an exact code beats a pattern, two patterns that overlap are
//! refused, and no code stands in the way of an extension or an emergency number.

use crate::config::check::{Findings, Scope};
use crate::config::fault::{ExtensionFault, Part, PlanFault, TextFault, Thing};
use crate::config::rules::MAX_CODES;
use crate::model::{Feature, PlanEntry};

/// The longest code, its `X` counted as one.
const MAX_CODE: usize = 16;

/// The most digits an extension can have.
const MAX_DIGITS: usize = 8;

/// Checks every code of a tenant's plan, and the plan against its extensions and emergency numbers.
pub(super) fn check(scope: &Scope, findings: &mut Findings) {
    let entries = &scope.settings.plan.entries;
    if entries.len() > MAX_CODES {
        findings.fault(Part::Plan(scope.whose).at("entries"), TextFault::TooMany(Thing::Code, MAX_CODES));
        return;
    }
    let mut codes: Vec<Code> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let part = Part::PlanEntry(scope.whose, index);
        if let Some(fault) = flaw(entry) {
            findings.fault(part.at("code"), fault);
            continue;
        }
        if !entry.on || entry.feature == Feature::LoginByOwnExtension {
            continue;
        }
        let code = Code { index, entry, dialled: dialled(&entry.code) };
        if let Some(other) = codes.iter().find(|other| other.is_twin(&code)) {
            let first = Part::PlanEntry(scope.whose, other.index).at("code");
            findings.twice(Thing::Code, &entry.code, first, part.at("code"));
        } else if let Some(other) = codes.iter().find(|other| other.collides(&code)) {
            let fault = PlanFault::CodesCollide(other.entry.code.clone(), entry.code.clone());
            findings.fault(part.at("code"), fault);
        }
        codes.push(code);
    }
    for code in &codes {
        code.check_against_numbers(scope, findings);
    }
    note_shadowed_logins(scope, &codes, findings);
}

fn flaw(entry: &PlanEntry) -> Option<PlanFault> {
    let code = &entry.code;
    if entry.feature == Feature::LoginByOwnExtension {
        return (!code.is_empty()).then_some(PlanFault::CodeNotWanted);
    }
    let fits = |b: u8| b.is_ascii_digit() || matches!(b, b'*' | b'#' | b'X');
    let places = code.bytes().filter(|b| *b == b'X').count();
    let wanted = usize::from(entry.feature == Feature::LoginWithExtension);
    if !(1..=MAX_CODE).contains(&code.len()) || !code.bytes().all(fits) || code == "X" || code == "X*" {
        Some(PlanFault::NotACode(code.clone()))
    } else if places != wanted {
        Some(PlanFault::PlaceOfExtension { feature: entry.feature, code: code.clone() })
    } else {
        None
    }
}

/// One code that is on, with all it stands for.
struct Code<'w> {
    index: usize,
    entry: &'w PlanEntry,
    dialled: Vec<Vec<Key>>,
}

/// One key as a code asks for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Exactly(u8),
    AnyDigit,
}

impl Key {
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exactly(one), Self::Exactly(other)) => one == other,
            (Self::AnyDigit, Self::Exactly(key)) | (Self::Exactly(key), Self::AnyDigit) => {
                key.is_ascii_digit()
            }
            (Self::AnyDigit, Self::AnyDigit) => true,
        }
    }
}

impl Code<'_> {
    fn is_pattern(&self) -> bool {
        self.entry.code.contains('X')
    }

    /// Whether both are the same code, written with or without the last `*`.
    fn is_twin(&self, other: &Self) -> bool {
        bare(&self.entry.code) == bare(&other.entry.code) && self.entry.feature == other.entry.feature
    }

    /// Whether one dialling would mean both, and neither wins by being exact.
    fn collides(&self, other: &Self) -> bool {
        self.is_pattern() == other.is_pattern()
            && self.dialled.iter().any(|one| other.dialled.iter().any(|two| meets(one, two)))
    }

    fn check_against_numbers(&self, scope: &Scope, findings: &mut Findings) {
        let place = Part::PlanEntry(scope.whose, self.index).at("code");
        let mut extensions = scope.extensions().map(|(_, extension)| extension);
        let hidden = extensions.find(|extension| {
            let number = exactly(extension.number.digits());
            self.dialled.iter().any(|dialled| meets(dialled, &number))
        });
        if let Some(extension) = hidden {
            let fault = PlanFault::CodeIsExtension(self.entry.code.clone(), extension.number.clone());
            findings.fault(place, fault);
        }
        let begins = |emergency: &&String| {
            let number = exactly(emergency);
            self.dialled
                .iter()
                .any(|dialled| dialled.len() >= number.len() && meets(&dialled[..number.len()], &number))
        };
        let emergency = scope.emergency.as_deref().unwrap_or_default().iter().find(begins);
        if let Some(emergency) = emergency {
            let country = scope.country_of_numbers();
            let code = self.entry.code.clone();
            let fault = PlanFault::BeginsWithEmergency { code, emergency: emergency.clone(), country };
            findings.fault(place, fault);
        }
    }
}

/// Says of which extensions the login code means something else, as `*77*5*` does of extension 5.
fn note_shadowed_logins(scope: &Scope, codes: &[Code], findings: &mut Findings) {
    let by_number = scope
        .settings
        .plan
        .entries
        .iter()
        .any(|entry| entry.on && entry.feature == Feature::LoginByOwnExtension);
    let exact: Vec<&Code> = codes.iter().filter(|code| !code.is_pattern()).collect();
    for login in codes.iter().filter(|code| code.entry.feature == Feature::LoginWithExtension) {
        for (index, extension) in
            scope.extensions().filter(|(_, one)| scope.settings.values_of(one).may_hotdesk())
        {
            let filled = login.entry.code.replace('X', extension.number.digits());
            if let Some(winner) = exact.iter().find(|code| bare(&code.entry.code) == bare(&filled)) {
                let note = ExtensionFault::LoginCodeShadowed {
                    extension: extension.number.clone(),
                    code: winner.entry.code.clone(),
                    by_number,
                };
                findings.note(Part::Extension(index).at("number"), note);
            }
        }
    }
}

fn bare(code: &str) -> &str {
    code.strip_suffix('*').unwrap_or(code)
}

fn exactly(keys: &str) -> Vec<Key> {
    keys.bytes().map(Key::Exactly).collect()
}

/// All that may be dialled for a code: each length of the extension, with and without a last `*`.
fn dialled(code: &str) -> Vec<Vec<Key>> {
    let lengths = if code.contains('X') { 1..=MAX_DIGITS } else { 1..=1 };
    let with_digits = |digits: usize| {
        let mut keys = Vec::new();
        for key in code.bytes() {
            match key {
                b'X' => keys.extend(std::iter::repeat_n(Key::AnyDigit, digits)),
                key => keys.push(Key::Exactly(key)),
            }
        }
        keys
    };
    let mut all: Vec<Vec<Key>> = lengths.map(with_digits).collect();
    if code.len() > 1 && code.ends_with('*') {
        let shorter: Vec<Vec<Key>> = all.iter().map(|keys| keys[..keys.len() - 1].to_vec()).collect();
        all.extend(shorter);
    }
    all
}

fn meets(one: &[Key], other: &[Key]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.meets(*other))
}
