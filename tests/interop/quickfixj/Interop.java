import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import quickfix.Acceptor;
import quickfix.Application;
import quickfix.DefaultMessageFactory;
import quickfix.Initiator;
import quickfix.MemoryStoreFactory;
import quickfix.Message;
import quickfix.SLF4JLogFactory;
import quickfix.Session;
import quickfix.SessionID;
import quickfix.SessionSettings;
import quickfix.SocketAcceptor;
import quickfix.SocketInitiator;

/**
 * An engine that is not ours, with its own dictionary and its own rules, driven over standard input and output.
 *
 * java Interop.java acceptor|initiator PORT [extra=setting ...]
 *
 * Commands: "send 35=D|11=..." (an application message), "drop" (cuts the connection), "logout", "quit".
 * It prints "ready", "logon", "logout", "got TYPE CLORDID POSSDUP" for application messages and "admin TYPE TEXT" for session messages.
 * As acceptor it answers an order with two execution reports, and a cancel request with a cancel reject.
 */
public class Interop implements Application {
    private final boolean answers;
    private final AtomicInteger executions = new AtomicInteger();

    Interop(boolean answers) {
        this.answers = answers;
    }

    static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    static String text(Message message, int tag) {
        try {
            return message.isSetField(tag) ? message.getString(tag) : "-";
        } catch (quickfix.FieldNotFound e) {
            return "-";
        }
    }

    public void onCreate(SessionID id) {}

    public void onLogon(SessionID id) {
        say("logon");
    }

    public void onLogout(SessionID id) {
        say("logout");
    }

    public void toAdmin(Message message, SessionID id) {}

    public void toApp(Message message, SessionID id) {}

    public void fromAdmin(Message message, SessionID id) {
        try {
            say("admin " + message.getHeader().getString(35) + " " + text(message, 58));
        } catch (quickfix.FieldNotFound e) {
            say("admin ? -");
        }
    }

    public void fromApp(Message message, SessionID id) throws quickfix.FieldNotFound {
        String type = message.getHeader().getString(35);
        boolean possDup = message.getHeader().isSetField(43) && message.getHeader().getBoolean(43);
        say("got " + type + " " + text(message, 11) + " " + (possDup ? "Y" : "N"));
        try {
            if (answers && type.equals("D")) {
                Session.sendToTarget(report(message, "0", "0", "0", "100"), id);
                Session.sendToTarget(report(message, "F", "2", "100", "0"), id);
            } else if (answers && type.equals("F")) {
                Session.sendToTarget(reject(message), id);
            }
        } catch (quickfix.SessionNotFound e) {
            say("lost " + type);
        }
    }

    Message report(Message order, String execType, String status, String done, String left) throws quickfix.FieldNotFound {
        Message report = message("8");
        report.setString(37, "O" + order.getString(11));
        report.setString(17, "E" + executions.incrementAndGet());
        report.setString(11, order.getString(11));
        report.setString(150, execType);
        report.setString(39, status);
        report.setString(55, order.getString(55));
        report.setString(54, order.getString(54));
        report.setString(14, done);
        report.setString(151, left);
        report.setString(6, "0");
        return report;
    }

    Message reject(Message cancel) throws quickfix.FieldNotFound {
        Message reject = message("9");
        reject.setString(37, "NONE");
        reject.setString(11, cancel.getString(11));
        reject.setString(41, cancel.getString(41));
        reject.setString(39, "8");
        reject.setString(434, "1");
        reject.setString(102, "1");
        return reject;
    }

    static Message message(String type) {
        Message message = new Message();
        message.getHeader().setString(35, type);
        return message;
    }

    static Message parsed(String text) {
        Message message = new Message();
        for (String field : text.split("\\|")) {
            int at = field.indexOf('=');
            int tag = Integer.parseInt(field.substring(0, at));
            (tag == 35 ? message.getHeader() : message).setString(tag, field.substring(at + 1));
        }
        return message;
    }

    public static void main(String[] given) throws Exception {
        boolean accepts = given[0].equals("acceptor");
        StringBuilder text = new StringBuilder("[default]\nHeartBtInt=5\nNonStopSession=Y\nReconnectInterval=1\n");
        text.append("ConnectionType=").append(given[0]).append('\n');
        text.append(accepts ? "SocketAcceptPort=" : "SocketConnectHost=127.0.0.1\nSocketConnectPort=").append(given[1]);
        for (int at = 2; at < given.length; at++) {
            text.append('\n').append(given[at]);
        }
        text.append("\n[session]\nBeginString=FIX.4.4\nSenderCompID=THEM\nTargetCompID=US\n");
        SessionSettings settings =
            new SessionSettings(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)));
        Interop application = new Interop(accepts);
        SessionID id = settings.sectionIterator().next();
        MemoryStoreFactory store = new MemoryStoreFactory();
        SLF4JLogFactory log = new SLF4JLogFactory(settings);
        Acceptor acceptor = null;
        Initiator initiator = null;
        if (accepts) {
            acceptor = new SocketAcceptor(application, store, settings, log, new DefaultMessageFactory());
            acceptor.start();
        } else {
            initiator = new SocketInitiator(application, store, settings, log, new DefaultMessageFactory());
            initiator.start();
        }
        say("ready");
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null && !line.equals("quit"); line = commands.readLine()) {
            Session session = Session.lookupSession(id);
            if (line.startsWith("send ")) {
                Session.sendToTarget(parsed(line.substring(5)), id);
            } else if (line.equals("drop")) {
                session.disconnect("asked to", false);
            } else if (line.equals("logout")) {
                session.logout("asked to");
            }
        }
        if (accepts) {
            acceptor.stop(true);
        } else {
            initiator.stop(true);
        }
        System.exit(0);
    }
}
