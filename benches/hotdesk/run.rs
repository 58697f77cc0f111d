//! The run: the office comes up, logins are measured one by one, then made at a steady rate.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::Wanted;
use crate::caller::Caller;
use crate::desk::{Desk, Login};
use crate::office::{self, PIN, Server};
use crate::phone::{self, Phone, Task};

/// What the project wants of (a) and (b).
const TARGET: Duration = Duration::from_millis(20);

/// A desk that logs in whom it is told to, one at a time.
type Orders = mpsc::UnboundedSender<(String, oneshot::Sender<Result<Login>>)>;

/// Measures, and prints what was measured.
pub async fn run(wanted: &Wanted) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let users = wanted.samples + 2 * wanted.desks;
    let token = office::prepare(&wanted.perch, folder.path(), (2 * wanted.calls, users, wanted.desks))?;
    let server = office::start(&wanted.perch, folder.path()).await?;
    let talking = calls_are_up(wanted, &server).await?;
    let mut desks = Vec::new();
    for (mac, url) in office::addresses(server.at, &token).await? {
        desks.push(Desk::starts(&url, &mac, server.at.sip).await?);
    }
    ensure!(desks.len() == wanted.desks, "{} desks have an address", desks.len());
    eprintln!("{} calls are up, {} desks registered", wanted.calls, desks.len());

    let samples = one_by_one(wanted, &server, &mut desks).await?;
    print_samples(wanted, &samples);
    steadily(wanted, desks).await?;
    // They have talked until here.
    drop(talking);
    Ok(())
}

/// Registers the phones that talk, and has half of them call the other half.
async fn calls_are_up(wanted: &Wanted, server: &Server) -> Result<Vec<mpsc::UnboundedSender<phone::Order>>> {
    let mut phones = Vec::new();
    for index in 0..2 * wanted.calls {
        let (orders, taken) = mpsc::unbounded_channel();
        tokio::task::spawn_local(Phone::new(index, server.at.sip).await?.live(taken));
        does(&orders, Task::Register).await?;
        phones.push(orders);
    }
    for (index, caller) in phones.iter().take(wanted.calls).enumerate() {
        does(caller, Task::Talk(phone::number(wanted.calls + index))).await?;
    }
    Ok(phones)
}

async fn does(phone: &mpsc::UnboundedSender<phone::Order>, task: Task) -> Result<()> {
    let (done, ended) = oneshot::channel();
    phone.send((task, done)).ok().context("a phone has ended")?;
    ended.await??;
    Ok(())
}

/// One login after the other, each of somebody new, while a caller calls.
async fn one_by_one(wanted: &Wanted, server: &Server, desks: &mut [Desk]) -> Result<Vec<Login>> {
    let mut samples = Vec::new();
    let mut caller = Caller::new(office::caller(), server.at.sip).await?;
    let count = desks.len();
    for sample in 0..wanted.samples {
        let number = office::user(sample);
        let stop = Rc::new(Cell::new(false));
        let calling = caller.calls(&number, Rc::clone(&stop));
        let desk = &mut desks[sample % count];
        let logging_in = desk.logs_in(&number, PIN, Some(&stop));
        let (called, login) = tokio::join!(calling, logging_in);
        called?;
        samples.push(login.with_context(|| format!("login {}", sample + 1))?);
        sleep(Duration::from_millis(500)).await;
    }
    Ok(samples)
}

/// Logins at a steady rate, each desk taken over by its other user.
async fn steadily(wanted: &Wanted, desks: Vec<Desk>) -> Result<()> {
    let all = (u64::from(wanted.rate) * u64::from(wanted.seconds) / 60) as usize;
    if all == 0 {
        return Ok(());
    }
    let desks: Vec<Orders> = desks.into_iter().map(lives).collect();
    let mut beat = interval(Duration::from_secs(60) / wanted.rate);
    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut waiting = Vec::new();
    for index in 0..all {
        beat.tick().await;
        let (desk, turn) = (index % desks.len(), index / desks.len() % 2);
        let (done, ended) = oneshot::channel();
        let number = office::user(wanted.samples + 2 * desk + turn);
        desks[desk].send((number, done)).ok().context("a desk has ended")?;
        waiting.push(ended);
    }
    let mut followed = Vec::new();
    let mut failed = Vec::new();
    for ended in waiting {
        match ended.await? {
            Ok(login) => followed.push(login),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    println!(
        "{all} logins begun at {} a minute, {} failed{}",
        wanted.rate,
        failed.len(),
        achieved(&followed)
    );
    print("  (b) BYE to NOTIFY", followed.iter().map(|login| login.notified).collect(), Some(TARGET));
    print("  (c) NOTIFY's 200 to the new 200", followed.iter().map(|login| login.followed).collect(), None);
    if let Some(why) = failed.first() {
        println!("  the first that failed: {why}");
    }
    Ok(())
}

/// At which rate logins were done, over the second half: by then every desk is taken over from somebody, which lasts longer,
/// for whoever was logged out before is told why.
fn achieved(followed: &[Login]) -> String {
    let mut done: Vec<_> = followed.iter().map(|login| login.done).collect();
    done.sort_unstable();
    let half = done.split_off(done.len() / 2);
    match (half.first(), half.last()) {
        (Some(first), Some(last)) if last > first => {
            let rate = (half.len() - 1) as f64 * 60.0 / (*last - *first).as_secs_f64();
            format!(", done at {rate:.0} a minute")
        }
        _ => String::new(),
    }
}

/// Lets a desk do what it is told.
fn lives(mut desk: Desk) -> Orders {
    let (orders, mut taken) = mpsc::unbounded_channel::<(String, oneshot::Sender<Result<Login>>)>();
    tokio::task::spawn_local(async move {
        while let Some((number, done)) = taken.recv().await {
            // Whoever asked may have given up.
            let _ = done.send(desk.logs_in(&number, PIN, None).await);
        }
    });
    orders
}

fn print_samples(wanted: &Wanted, samples: &[Login]) {
    println!("{} logins, one by one, with {} calls up", samples.len(), wanted.calls);
    print(
        "  (a) # to the first call",
        samples.iter().filter_map(|login| login.routed).collect(),
        Some(TARGET),
    );
    print("  (b) BYE to NOTIFY", samples.iter().map(|login| login.notified).collect(), Some(TARGET));
    print("  (c) NOTIFY's 200 to the new 200", samples.iter().map(|login| login.followed).collect(), None);
}

/// The median and the worst of some times.
fn print(what: &str, mut times: Vec<Duration>, target: Option<Duration>) {
    times.sort_unstable();
    let (Some(worst), Some(median)) = (times.last(), times.get(times.len() / 2)) else {
        return println!("{what}: nothing was measured");
    };
    let target = target.map(|target| format!(", wanted below {} ms", target.as_millis())).unwrap_or_default();
    let millis = |time: &Duration| time.as_secs_f64() * 1e3;
    println!("{what}: median {:.2} ms, worst {:.2} ms{target}", millis(median), millis(worst));
}
