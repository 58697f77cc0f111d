//! The panel on a machine without the parts: what the screen would show, drawn for the status page.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::{sleep, sleep_until};

use crate::control::Control;
use crate::host::clock;
use crate::model::Secret;
use crate::panel::framebuffer::{Framebuffer, HEIGHT, WIDTH};
use crate::panel::settings::PanelSettings;
use crate::panel::{Panel, PanelAction, PanelEvent};

/// How long the panel waits at most before it looks again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long it waits at least: it asks for every device, and a busy office has many events.
const LOOK_LEAST: Duration = Duration::from_secs(1);

/// After an event the panel waits so long for further ones, so that a burst is drawn once.
const GATHER: Duration = Duration::from_millis(200);

/// Runs the panel until the box stops.
pub async fn run(
    control: Control,
    screen: watch::Sender<Option<String>>,
    mut network: watch::Receiver<SocketAddr>,
    code: Option<Secret>,
) {
    let mut panel = Panel::new(PanelSettings::default(), clock::now().mono);
    let mut events = control.events();
    network.mark_changed();
    if let Some(code) = code {
        panel.handle_event(PanelEvent::SetUpWaits(code), clock::now().mono);
    }
    loop {
        let (Ok(status), Ok(devices)) = (control.status().await, control.devices().await) else { return };
        let now = clock::now().mono;
        if network.has_changed().unwrap_or(false) {
            let address = *network.borrow_and_update();
            panel.handle_event(PanelEvent::Network(Some(address)), now);
        }
        if status.settings.country.is_some() {
            panel.handle_event(PanelEvent::SetUpDone, now);
        }
        panel.handle_event(PanelEvent::Status(Box::new(status)), now);
        panel.handle_event(PanelEvent::Devices(devices), now);
        panel.handle_timeout(now);
        show(&mut panel, &screen);

        let due = panel.poll_timeout(now).map(|(at, _)| at);
        let wake = due.map_or(now + LOOK_AGAIN, |at: Instant| at.clamp(now + GATHER, now + LOOK_AGAIN));
        tokio::select! {
            () = sleep_until(wake.into()) => {}
            _ = events.recv() => {
                // Lagging behind only means that there is something to draw.
                sleep(GATHER.max((now + LOOK_LEAST).saturating_duration_since(clock::now().mono))).await;
                events = control.events();
            }
        }
    }
}

fn show(panel: &mut Panel, screen: &watch::Sender<Option<String>>) {
    while let Some(action) = panel.poll_action() {
        match action {
            PanelAction::Draw(picture) => drop(screen.send_replace(Some(svg(&picture)))),
            // No lamp and no button here: nothing shines, and nobody can ask for these.
            PanelAction::Shine(_) | PanelAction::Reboot | PanelAction::EraseAll => {}
        }
    }
}

/// The picture as a drawing: one path, a unit for each lit pixel.
fn svg(picture: &Framebuffer) -> String {
    let mut path = String::new();
    for y in 0..HEIGHT {
        let mut x = 0;
        while x < WIDTH {
            let run = (x..WIDTH).take_while(|at| picture.is_lit(*at, y)).count();
            if run > 0 {
                path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
            }
            x += run.max(1);
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" shape-rendering=\"crispEdges\" \
         role=\"img\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#000\"/><path fill=\"#9df\" d=\"{path}\"/></svg>"
    )
}
