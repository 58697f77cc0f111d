//! The rounds: both servers started, loaded in turn, measured and stopped.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::measure::{self, Memory};
use crate::phone::{self, Order, Phone, Task};
use crate::report::{self, Figures, Loaded};
use crate::{Wanted, kamailio, perch};

/// How long a server may take to answer its first request.
const STARTING: Duration = Duration::from_secs(20);

/// How long a server idles before its memory is looked at, and after each load.
const SETTLING: Duration = Duration::from_millis(1500);

/// How often the generator sends what is due.
const BEAT: Duration = Duration::from_millis(1);

/// A server that runs; ended when dropped.
struct Server {
    name: &'static str,
    child: Child,
    processes: Vec<u32>,
    address: SocketAddr,
    phones: Vec<mpsc::UnboundedSender<Order>>,
    figures: Figures,
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a process id is positive and small"));
        let _ = kill(pid, Signal::SIGTERM);
        let patience = Instant::now() + Duration::from_secs(5);
        while Instant::now() < patience {
            match self.child.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures as often as wanted and prints the table.
pub async fn run(wanted: &Wanted) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let runs = |name: &str| wanted.only.as_deref().is_none_or(|only| only == name);
    if runs("perch") {
        perch::prepare(&wanted.perch, folder.path(), wanted.phones)?;
    }
    let mut all: Vec<Figures> = Vec::new();
    for round in 0..wanted.rounds {
        let mut servers = Vec::new();
        for name in ["kamailio", "perch"].into_iter().filter(|name| runs(name)) {
            servers.push(start(name, wanted, folder.path(), round).await?);
        }
        one_round(&mut servers, wanted).await?;
        for server in &mut servers {
            let figures = std::mem::take(&mut server.figures);
            eprintln!("round {} {}: {}", round + 1, server.name, report::line(&figures));
            all.push(Figures { server: server.name, ..figures });
        }
    }
    report::print(wanted, &all);
    Ok(())
}

async fn start(name: &'static str, wanted: &Wanted, folder: &Path, round: usize) -> Result<Server> {
    let port = UdpSocket::bind("127.0.0.1:0").await?.local_addr()?.port();
    let child = match name {
        "kamailio" => kamailio::start(folder, wanted.phones, port)?,
        _ => perch::start(&wanted.perch, folder, round, port)?,
    };
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let figures = Figures { server: name, ..Figures::default() };
    let mut server = Server { name, child, processes: Vec::new(), address, phones: Vec::new(), figures };
    answers(&mut server).await.with_context(|| format!("{name} does not start; see its log"))?;
    sleep(SETTLING).await;
    server.processes = measure::family(server.child.id())?;
    server.figures.idle = measure::memory(&server.processes)?;
    for index in 0..wanted.phones {
        let (orders, taken) = mpsc::unbounded_channel();
        tokio::task::spawn_local(Phone::new(index, address).await?.live(taken));
        server.phones.push(orders);
    }
    Ok(server)
}

/// Waits until a server answers anything at all.
async fn answers(server: &mut Server) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let local = socket.local_addr()?;
    let number = phone::number(0);
    let began = Instant::now();
    let mut buffer = [0; 2048];
    for serial in 1.. {
        if let Some(status) = server.child.try_wait()? {
            bail!("it has ended: {status}");
        }
        if began.elapsed() > STARTING {
            bail!("no answer in {STARTING:?}");
        }
        let text = format!(
            "REGISTER sip:{0} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKstart{serial};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{number}@{0}>;tag=start\r\nTo: <sip:{number}@{0}>\r\n\
             Call-ID: start-{serial}\r\nCSeq: {serial} REGISTER\r\nContent-Length: 0\r\n\r\n",
            server.address
        );
        let _ = socket.send_to(text.as_bytes(), server.address).await;
        if let Ok(Ok(_)) = timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Each load on each server in turn.
async fn one_round(servers: &mut [Server], wanted: &Wanted) -> Result<()> {
    let half = wanted.phones / 2;
    for server in servers.iter_mut() {
        let first = load(server, wanted.rate, wanted.phones, |index| (index, Task::Register)).await?;
        server.figures.first = first;
        sleep(SETTLING).await;
        server.figures.registered = measure::memory(&server.processes)?;
    }
    for server in servers.iter_mut() {
        let phones = wanted.phones;
        let refreshed =
            load(server, wanted.rate, wanted.refreshes, |index| (index % phones, Task::Register)).await?;
        server.figures.refresh = refreshed;
    }
    for server in servers.iter_mut() {
        let called = load(server, wanted.call_rate, wanted.calls, |index| {
            (index % half, Task::Call(phone::number(half + index % half)))
        })
        .await?;
        server.figures.call = called;
        let memory: Memory = measure::memory(&server.processes)?;
        server.figures.after = memory;
    }
    Ok(())
}

/// Has phones do `count` things, `rate` of them a second, and takes the server's processor time for it.
async fn load(
    server: &Server,
    rate: u32,
    count: usize,
    task: impl Fn(usize) -> (usize, Task),
) -> Result<Loaded> {
    let before = measure::processor_time(&server.processes)?;
    let began = Instant::now();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut waiting = Vec::with_capacity(count);
    while waiting.len() < count {
        beat.tick().await;
        let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as usize;
        while waiting.len() < due.min(count) {
            let (index, task) = task(waiting.len());
            let (done, ended) = oneshot::channel();
            server.phones[index].send((task, done)).map_err(|_| anyhow::anyhow!("a phone has ended"))?;
            waiting.push(ended);
        }
    }
    let mut loaded = Loaded::default();
    for ended in waiting {
        match ended.await? {
            Ok(ended) => {
                loaded.done += 1;
                loaded.again += ended.again;
            }
            Err(error) => {
                loaded.failed += 1;
                loaded.why = Some(error.to_string());
            }
        }
    }
    let spent = measure::processor_time(&server.processes)? - before;
    loaded.each = spent.as_secs_f64() * 1e6 / loaded.done.max(1) as f64;
    loaded.took = began.elapsed();
    Ok(loaded)
}
