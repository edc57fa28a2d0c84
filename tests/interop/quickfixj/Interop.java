import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import quickfix.Acceptor;
import quickfix.Application;
import quickfix.DataDictionary;
import quickfix.DefaultMessageFactory;
import quickfix.Initiator;
import quickfix.InvalidMessage;
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
 * java Interop.java acceptor|initiator PORT [setting=value ...]
 *
 * The settings are the session's (BeginString, SenderCompID, ...). LogonHeartBtInt is ours: what its Logon says, while it keeps to HeartBtInt.
 * Commands: "send 35=D|11=..." (a message, its groups by the dictionary), "drop" (cuts the connection), "logout", "quit", "expect N" and
 * "number N" (the numbers of what it takes and sends next).
 * It prints "ready", "logon", "logout", "in MESSAGE" and "out MESSAGE" for every message that it takes and sends, "got TYPE CLORDID POSSDUP"
 * for application messages and "admin TYPE TEXT" for session messages. What its dictionary refuses it does not take: it sends a Reject.
 * As acceptor it answers an order with two execution reports, and a cancel request with a cancel reject.
 */
public class Interop implements Application {
    private final boolean answers;
    private final String heartBtInt;
    private final AtomicInteger executions = new AtomicInteger();

    Interop(boolean answers, String heartBtInt) {
        this.answers = answers;
        this.heartBtInt = heartBtInt;
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

    public void toAdmin(Message message, SessionID id) {
        if (message.isSetField(108) && !heartBtInt.isEmpty()) {
            message.setString(108, heartBtInt);
        }
        say("out " + message);
    }

    public void toApp(Message message, SessionID id) {
        say("out " + message);
    }

    public void fromAdmin(Message message, SessionID id) {
        say("in " + message);
        try {
            say("admin " + message.getHeader().getString(35) + " " + text(message, 58));
        } catch (quickfix.FieldNotFound e) {
            say("admin ? -");
        }
    }

    public void fromApp(Message message, SessionID id) throws quickfix.FieldNotFound {
        say("in " + message);
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

    /** A message of "35=D|11=..." with its groups as the dictionary has them; header and trailer are the session's to fill in. */
    static Message parsed(String text, SessionID id, DataDictionary[] dictionaries) throws InvalidMessage {
        String fields = text.replace('|', '\u0001');
        Message message = new Message();
        String frame = "8=" + id.getBeginString() + "\u00019=0\u0001" + fields + "\u000110=000\u0001";
        message.fromString(frame, dictionaries[0], dictionaries[1], false);
        for (int tag : new int[] {8, 9}) {
            message.getHeader().removeField(tag);
        }
        message.getTrailer().removeField(10);
        return message;
    }

    /** Of the session and of the application; before FIXT they are one. */
    static DataDictionary[] dictionaries(SessionID id) throws quickfix.ConfigError {
        if (id.isFIXT()) {
            return new DataDictionary[] {new DataDictionary("FIXT11.xml"), new DataDictionary("FIX50SP2.xml")};
        }
        DataDictionary both = new DataDictionary("FIX44.xml");
        return new DataDictionary[] {both, both};
    }

    public static void main(String[] given) throws Exception {
        boolean accepts = given[0].equals("acceptor");
        StringBuilder text = new StringBuilder("[default]\nHeartBtInt=5\nNonStopSession=Y\nReconnectInterval=1\n");
        text.append("ConnectionType=").append(given[0]).append('\n');
        text.append(accepts ? "SocketAcceptPort=" : "SocketConnectHost=127.0.0.1\nSocketConnectPort=").append(given[1]);
        text.append("\n[session]\nBeginString=FIX.4.4\nSenderCompID=THEM\nTargetCompID=US\n");
        String heartBtInt = "";
        for (int at = 2; at < given.length; at++) {
            if (given[at].startsWith("LogonHeartBtInt=")) {
                heartBtInt = given[at].substring("LogonHeartBtInt=".length());
            } else {
                text.append(given[at]).append('\n');
            }
        }
        SessionSettings settings =
            new SessionSettings(new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8)));
        Interop application = new Interop(accepts, heartBtInt);
        SessionID id = settings.sectionIterator().next();
        DataDictionary[] dictionaries = dictionaries(id);
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
                Session.sendToTarget(parsed(line.substring(5), id, dictionaries), id);
            } else if (line.startsWith("expect ")) {
                session.setNextTargetMsgSeqNum(Integer.parseInt(line.substring(7)));
            } else if (line.startsWith("number ")) {
                session.setNextSenderMsgSeqNum(Integer.parseInt(line.substring(7)));
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
