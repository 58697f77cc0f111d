//! The rules of hot-desk IDs (F6, F7, rule 4): each leads to one user on the whole box, and none is guessed at once.

use std::collections::BTreeMap;

use super::{Findings, Scope, is_easy_to_guess};
use crate::config::fault::{ExtensionFault, Part, Thing};
use crate::config::rules::CROSSING_ID;
use crate::model::{ExtensionNumber, HotdeskId, OfficeWish};

/// Checks every hot-desk ID of the box.
pub(super) fn check(wish: &OfficeWish, scopes: &[Scope], findings: &mut Findings) {
    let mut by_digits: BTreeMap<&str, Vec<&ExtensionNumber>> = BTreeMap::new();
    for extension in &wish.extensions {
        by_digits.entry(extension.number.digits()).or_default().push(&extension.number);
    }
    let mut seen = BTreeMap::new();
    for (index, extension) in wish.extensions.iter().enumerate() {
        let Some(id) = &extension.hotdesk_id else { continue };
        let place = Part::Extension(index).at("hotdesk_id");
        match seen.get(id) {
            Some(first) => findings.twice(Thing::HotdeskId, id, *first, place),
            None => {
                seen.insert(id, place);
            }
        }
        // An ID that is the own number says nothing new (P7).
        if id.as_str() == extension.number.digits() {
            continue;
        }
        if let Some(number) = by_digits.get(id.as_str()).and_then(|numbers| numbers.first()) {
            let number = (*number).clone();
            findings.fault(place, ExtensionFault::IdIsExtension { id: id.clone(), number });
        } else if is_easy_to_guess(id.as_str()) {
            findings.fault(place, ExtensionFault::IdTooEasy(id.clone()));
        }
    }
    for scope in scopes {
        check_of_tenant(scope, scopes.len() > 1, findings);
    }
}

fn check_of_tenant(scope: &Scope, has_neighbours: bool, findings: &mut Findings) {
    for (index, extension) in scope.extensions() {
        let Some(id) = &extension.hotdesk_id else { continue };
        let place = Part::Extension(index).at("hotdesk_id");
        let is_number = id.as_str() == extension.number.digits();
        if let Some((country, emergency)) = scope.emergency_behind(id.as_str()).filter(|_| !is_number) {
            let fault = ExtensionFault::IdBeginsWithEmergency { id: id.clone(), emergency, country };
            findings.fault(place, fault);
        }
        let roams = scope.settings.values_of(extension).may_hotdesk();
        if has_neighbours && roams && is_short(id) {
            findings.note(place, ExtensionFault::IdTooShort(id.clone()));
        }
    }
}

fn is_short(id: &HotdeskId) -> bool {
    id.as_str().len() < CROSSING_ID
}
